//! `data/schemas.txt` → JSON Schema. One place says what an object is; the document and the tests read it.

use serde_json::{Map, Value, json};

/// The text.
const TEXT: &str = include_str!("../data/schemas.txt");

/// All schemas by name.
pub fn schemas() -> Map<String, Value> {
    let mut all = Map::new();
    let mut current = String::new();
    for line in TEXT.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        if let Some(field) = line.strip_prefix("  ") {
            if let Some(object) = all.get_mut(&current) {
                add_field(object, field);
            }
        } else if let Some((name, kinds)) = line.split_once(" = ") {
            let kinds: Vec<&str> = kinds.split(" or ").collect();
            let schema = match kinds.as_slice() {
                [one] => kind(one),
                several => json!({"oneOf": several.iter().map(|k| kind(k)).collect::<Vec<_>>()}),
            };
            all.insert(name.to_owned(), schema);
        } else {
            let (name, what) = line.split_once(" — ").unwrap_or((line, ""));
            current = name.to_owned();
            let object = json!({"type": "object", "description": what, "properties": {}, "required": [], "additionalProperties": false});
            all.insert(current.clone(), object);
        }
    }
    all
}

fn add_field(object: &mut Value, line: &str) {
    let (field, what) = line.split_once(" — ").unwrap_or((line, ""));
    let (name, written) = field.split_once(' ').unwrap_or((field, "any"));
    let mut schema = kind(written);
    if let Some(members) = schema.as_object_mut().filter(|m| !m.contains_key("$ref")) {
        members.insert("description".into(), what.into());
    }
    let plain = name.trim_end_matches('?');
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(plain.to_owned(), schema);
    }
    if plain == name
        && let Some(required) = object.get_mut("required").and_then(Value::as_array_mut)
    {
        required.push(plain.into());
    }
}

/// A type as it is written there.
pub fn kind(written: &str) -> Value {
    if let Some(one) = written.strip_suffix('?') {
        return json!({"oneOf": [kind(one), {"type": "null"}]});
    }
    if let Some(inner) = written.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
        return json!({"type": "array", "items": kind(inner)});
    }
    if let Some(inner) = written.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
        return json!({"type": "object", "additionalProperties": kind(inner)});
    }
    if let Some(word) = written.strip_prefix('=') {
        return json!({"const": word});
    }
    if written.contains('|') {
        return json!({"type": "string", "enum": written.split('|').collect::<Vec<_>>()});
    }
    match written {
        "string" | "number" | "integer" | "boolean" => json!({"type": written}),
        "any" => json!({}),
        name => json!({"$ref": format!("#/components/schemas/{name}")}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_used_is_defined() {
        let all = schemas();
        let text = Value::Object(all.clone()).to_string();
        for used in text.split("#/components/schemas/").skip(1).filter_map(|t| t.split('"').next()) {
            assert!(all.contains_key(used), "`{used}` is not defined");
        }
        assert!(all.len() > 60, "{}", all.len());
        assert_eq!(all["Question"]["required"], json!(["text"]));
        assert_eq!(
            all["Retry"]["properties"]["max"],
            json!({"oneOf": [{"type": "integer"}, {"type": "null"}], "description": "Tries at most."})
        );
    }
}
