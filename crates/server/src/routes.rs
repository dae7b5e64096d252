//! The table of routes. The router is built from it, and so is the document that describes the interface; neither can know a route that
//! the other does not.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::answer::Answer;
use crate::ask::{Asked, Form};
use crate::problem::{Kind, Problem};
use crate::state::State;
use crate::{api, page, pipeline};

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Programs.
    Api,
    /// People.
    Page,
    /// Browsers: styles, script, the offline index.
    File,
}

/// How much work an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Far below a millisecond: done on the spot.
    Light,
    /// More: done aside, a few at a time.
    Heavy,
}

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Ask with a body.
    Post,
}

/// A parameter of a route.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// True for a part of the path.
    pub in_path: bool,
    /// True when it must be given.
    pub required: bool,
    /// Its type, as `data/schemas.txt` writes types.
    pub kind: &'static str,
    /// What it is.
    pub what: &'static str,
    /// An example that works.
    pub example: &'static str,
}

impl Param {
    /// A part of the path.
    pub fn path(name: &'static str, what: &'static str, example: &'static str) -> Param {
        Param { name, in_path: true, required: true, kind: "string", what, example }
    }

    /// A query parameter that must be given.
    pub fn must(name: &'static str, what: &'static str, example: &'static str) -> Param {
        Param { name, in_path: false, required: true, kind: "string", what, example }
    }

    /// A query parameter that may be left out.
    pub fn may(name: &'static str, kind: &'static str, what: &'static str, example: &'static str) -> Param {
        Param { name, in_path: false, required: false, kind, what, example }
    }
}

/// A body that a route reads.
#[derive(Debug)]
pub struct BodyDoc {
    /// Name of the JSON schema.
    pub schema: &'static str,
    /// Other media types that it takes.
    pub also: &'static [&'static str],
    /// An example that works, in JSON.
    pub example: &'static str,
}

/// A route.
#[derive(Debug)]
pub struct Route {
    /// Its name in figures, logs and the document.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path, with `{parts}`.
    pub path: &'static str,
    /// What it gives, in one line.
    pub what: &'static str,
    /// Who it is for.
    pub surface: Surface,
    /// The forms in which it answers, the default first.
    pub forms: &'static [Form],
    /// How much work it is.
    pub work: Work,
    /// True when the answer depends on nothing but address, language, taste and build.
    pub pure: bool,
    /// True when it needs no password: a watchdog has none.
    pub open: bool,
    /// Bytes of a body; none is read otherwise.
    pub body_max: Option<usize>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its body.
    pub body: Option<BodyDoc>,
    /// Status of a success.
    pub status: u16,
    /// Name of the schema of its answer; empty for what is no JSON.
    pub gives: &'static str,
    /// Kinds of failure that belong to this route, beside those that all share.
    pub fails: &'static [Kind],
    /// Makes the answer.
    pub run: fn(&State, &Asked) -> Result<Answer, Problem>,
}

const KIB: usize = 1024;

impl Route {
    /// Read something for a program.
    pub fn get(id: &'static str, path: &'static str, what: &'static str, run: fn(&State, &Asked) -> Result<Answer, Problem>) -> Route {
        Route {
            id,
            method: Method::Get,
            path,
            what,
            surface: Surface::Api,
            forms: &[Form::Json],
            work: Work::Light,
            pure: true,
            open: false,
            body_max: None,
            params: Vec::new(),
            body: None,
            status: 200,
            gives: "",
            fails: &[],
            run,
        }
    }

    /// Ask something with a body, for a program.
    pub fn post(
        id: &'static str,
        path: &'static str,
        what: &'static str,
        body: BodyDoc,
        run: fn(&State, &Asked) -> Result<Answer, Problem>,
    ) -> Route {
        let mut route = Route::get(id, path, what, run);
        route.method = Method::Post;
        route.pure = false;
        route.body_max = Some(64 * KIB);
        route.body = Some(body);
        route.fails = &[Kind::TooLarge, Kind::MediaType];
        route
    }

    /// A page for people.
    pub fn page(id: &'static str, path: &'static str, run: fn(&State, &Asked) -> Result<Answer, Problem>) -> Route {
        let mut route = Route::get(id, path, "", run);
        route.surface = Surface::Page;
        route.forms = &[Form::Html];
        route
    }

    /// A page that a form is sent to.
    pub fn form(id: &'static str, path: &'static str, run: fn(&State, &Asked) -> Result<Answer, Problem>) -> Route {
        let mut route = Route::page(id, path, run);
        route.method = Method::Post;
        route.pure = false;
        route.body_max = Some(256 * KIB);
        route
    }

    /// A file for browsers, in one form whatever they accept.
    pub fn file(id: &'static str, path: &'static str, run: fn(&State, &Asked) -> Result<Answer, Problem>) -> Route {
        let mut route = Route::page(id, path, run);
        route.surface = Surface::File;
        route
    }

    /// With parameters.
    pub fn params<const N: usize>(mut self, params: [Param; N]) -> Route {
        self.params = params.into();
        self
    }

    /// Also as a page and as text.
    pub fn all_forms(mut self) -> Route {
        self.forms = &[Form::Json, Form::Html, Form::Text];
        self
    }

    /// Also as text.
    pub fn or_text(mut self) -> Route {
        self.forms = &[Form::Json, Form::Text];
        self
    }

    /// Gives an object of this schema.
    pub fn gives(mut self, schema: &'static str) -> Route {
        self.gives = schema;
        self
    }

    /// May also fail like this.
    pub fn fails(mut self, kinds: &'static [Kind]) -> Route {
        self.fails = kinds;
        self
    }

    /// Succeeds with another status than 200.
    pub fn status(mut self, status: u16) -> Route {
        self.status = status;
        self
    }

    /// Is more than a millisecond's work.
    pub fn heavy(mut self) -> Route {
        self.work = Work::Heavy;
        self
    }

    /// Takes a larger body.
    pub fn body_max(mut self, bytes: usize) -> Route {
        self.body_max = Some(bytes);
        self
    }

    /// Answers differently at different times.
    pub fn live(mut self) -> Route {
        self.pure = false;
        self
    }

    /// Needs no password.
    pub fn open(mut self) -> Route {
        self.open = true;
        self
    }
}

/// Every route, group by group. Cases will be one more group.
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let groups = [
        api::explain::routes(),
        api::decode::routes(),
        api::diagnosis::routes(),
        api::catalogue::routes(),
        api::check::routes(),
        api::card::routes(),
        api::ops::routes(),
        page::routes(),
    ];
    groups.into_iter().flatten().collect()
});

/// What answers an address that no route has, and a method that its route does not take.
static NOWHERE: LazyLock<Route> = LazyLock::new(|| Route::page("nowhere", "", nowhere).live());
static NO_METHOD: LazyLock<Route> = LazyLock::new(|| Route::page("no-method", "", no_method).live());

fn nowhere(_: &State, _: &Asked) -> Result<Answer, Problem> {
    Err(Problem::new(Kind::NotFound, "这个地址下没有内容。从首页开始查。", "There is nothing at this address. Begin at the first page."))
}

fn no_method(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let path = asked.here.split('?').next().unwrap_or_default();
    let methods = methods(path);
    Err(Problem::new(Kind::Method, format!("这个地址只接受 {methods}。"), format!("This address takes {methods} only.")))
}

/// The methods that a path takes.
pub fn methods(path: &str) -> String {
    let fits = |route: &&Route| {
        let (mut a, mut b) = (route.path.split('/'), path.split('/'));
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(x), Some(y)) if x == y || x.starts_with('{') && !y.is_empty() => {}
                _ => return false,
            }
        }
    };
    let mut methods: Vec<&str> = ROUTES.iter().filter(fits).flat_map(|r| r.method.names()).copied().collect();
    methods.dedup();
    methods.join(", ")
}

impl Method {
    fn names(self) -> &'static [&'static str] {
        match self {
            Method::Get => &["GET", "HEAD"],
            Method::Post => &["POST"],
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        }
    }
}

/// The router over the whole table.
pub fn router(state: &Arc<State>) -> Router {
    let nowhere = (&*NOWHERE, usize::MAX);
    let no_method = (&*NO_METHOD, usize::MAX);
    let answer = |(route, number): (&'static Route, usize)| {
        let state = Arc::clone(state);
        move |request: Request| pipeline::serve(route, number, Arc::clone(&state), request)
    };
    let mut router = Router::new();
    for (number, route) in ROUTES.iter().enumerate() {
        let handler: MethodRouter = on(route.method.filter(), answer((route, number)));
        router = router.route(route.path, handler);
    }
    router.fallback(answer(nowhere)).method_not_allowed_fallback(answer(no_method))
}
