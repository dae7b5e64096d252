//! The table of routes → a document in OpenAPI 3.1. Pages and files are for browsers and do not stand in it.

use serde_json::{Map, Value, json};

use crate::ask::Form;
use crate::problem::Kind;
use crate::routes::{BodyDoc, Method, Param, ROUTES, Route, Surface};
use crate::schema::{kind, schemas};

/// Failures that any route may give.
const ALWAYS: &[Kind] =
    &[Kind::NoSuchForm, Kind::Password, Kind::OtherSite, Kind::OtherName, Kind::TooSlow, Kind::TooMany, Kind::Ours, Kind::Busy];

/// The document.
pub fn document(catalogue: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES.iter().filter(|r| r.surface == Surface::Api) {
        let entry = paths.entry(route.path).or_insert_with(|| json!({}));
        let method = match route.method {
            Method::Get => "get",
            Method::Post => "post",
        };
        if let Some(methods) = entry.as_object_mut() {
            methods.insert(method.to_owned(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "posdx",
            "summary": "Any error of a payment terminal in; meaning, money, cause and next step out.",
            "description": format!("The objects are those that the command line prints with --json. Knowledge: {catalogue}. Answers carry an ETag; send If-None-Match. Failures are problem details (RFC 9457). Accept-Language chooses zh or en."),
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas()},
    })
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    let forms: Map<String, Value> = if route.gives.is_empty() {
        let media = if route.id == "document" { "application/json" } else { "text/plain" };
        Map::from_iter([(media.to_owned(), json!({"schema": {}}))])
    } else {
        route.forms.iter().map(|f| (media(*f).to_owned(), content(*f, route.gives))).collect()
    };
    responses.insert(route.status.to_string(), json!({"description": "Answered.", "content": forms}));
    if route.pure {
        responses.insert("304".into(), json!({"description": "Unchanged since the ETag that was sent."}));
    }
    for status in failures(route) {
        let what: Vec<&str> = kinds(route).filter(|k| k.status().as_u16() == status).map(|k| k.title(posdx_model::Lang::En)).collect();
        let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        responses.insert(
            status.to_string(),
            json!({"description": format!("{}.", what.join("; ")), "content": {"application/problem+json": problem}}),
        );
    }
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.what,
        "parameters": route.params.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses,
    });
    if let (Some(body), Some(members)) = (&route.body, operation.as_object_mut()) {
        members.insert("requestBody".into(), request(body));
    }
    operation
}

fn kinds(route: &Route) -> impl Iterator<Item = Kind> {
    // A path may hold bytes that are not text.
    let path = route.params.iter().any(|p| p.in_path).then_some(Kind::BadInput);
    route.fails.iter().chain(ALWAYS).copied().chain(path)
}

fn failures(route: &Route) -> std::collections::BTreeSet<u16> {
    kinds(route).map(|k| k.status().as_u16()).collect()
}

fn media(form: Form) -> &'static str {
    match form {
        Form::Json => "application/json",
        Form::Html => "text/html",
        Form::Text => "text/plain",
    }
}

fn content(form: Form, schema: &str) -> Value {
    match form {
        Form::Json => json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}}),
        Form::Html | Form::Text => json!({"schema": {"type": "string"}}),
    }
}

fn parameter(param: &Param) -> Value {
    json!({
        "name": param.name,
        "in": if param.in_path { "path" } else { "query" },
        "required": param.required,
        "description": param.what,
        "schema": kind(param.kind),
        "example": param.example,
    })
}

fn request(body: &BodyDoc) -> Value {
    let example: Value = serde_json::from_str(body.example).unwrap_or_default();
    let mut content = json!({
        "application/json": {"schema": {"$ref": format!("#/components/schemas/{}", body.schema)}, "example": example},
    });
    if let Some(members) = content.as_object_mut() {
        for kind in body.also {
            let schema = match *kind {
                "multipart/form-data" => json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}),
                "application/octet-stream" => json!({}),
                _ => json!({"type": "string"}),
            };
            members.insert((*kind).to_owned(), json!({"schema": schema}));
        }
    }
    json!({"required": body.schema != "Nothing", "content": content})
}
