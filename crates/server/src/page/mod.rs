//! The pages. Each is a function from what was asked to a page; the same objects as everywhere, drawn for a phone first.

pub mod browse;
pub mod card;
pub mod check;
pub mod code;
pub mod decode;
pub mod find;
pub mod fix;
pub mod home;
pub mod offline;
pub mod parts;
pub mod problem;
pub mod reading;
pub mod settings;
pub mod shell;

use crate::answer::{Answer, Policy};
use crate::api::decode::UPLOAD_MAX;
use crate::ask::Asked;
use crate::assets;
use crate::problem::{Kind, Problem};
use crate::routes::Route;
use crate::state::State;

/// The routes of the pages.
pub fn routes() -> Vec<Route> {
    let own = vec![
        Route::page("home", "/", home::page),
        Route::page("find-page", "/find", find::get),
        Route::form("find-form", "/find", find::post).heavy(),
        Route::page("code-page", "/e/{namespace}/{value}", code::code).heavy(),
        Route::page("condition-page", "/c/{condition}", code::condition).heavy(),
        Route::page("begin-page", "/fix", fix::begin).heavy(),
        Route::page("fix-page", "/fix/{session}", fix::page).heavy(),
        Route::page("decode-page", "/decode", decode::page),
        Route::form("decode-form", "/decode", decode::decode).heavy().body_max(UPLOAD_MAX),
        Route::page("card-page", "/card", card::page),
        Route::page("check-page", "/check", check::page),
        Route::form("check-form", "/check", check::check),
        Route::page("settings-page", "/settings", settings::page),
        Route::form("settings-form", "/settings", settings::save),
        Route::file("asset", "/assets/{name}", asset).open(),
        Route::page("offline-page", "/offline", offline::page),
        Route::file("offline-index", "/offline/index.json", offline::index).heavy(),
        Route::file("worker", "/sw.js", offline::worker),
        Route::file("manifest", "/manifest.webmanifest", shell::manifest).open(),
    ];
    own.into_iter().chain(browse::routes()).collect()
}

fn asset(_: &State, asked: &Asked) -> Result<Answer, Problem> {
    let path = asked.here.split('?').next().unwrap_or_default();
    let file = assets::FILES.iter().find(|f| f.path == path);
    let file = file.ok_or_else(|| Problem::new(Kind::NotFound, "没有这个文件。", "There is no such file."))?;
    Ok(Answer::new(file.kind(), Policy::Data, file.bytes))
}
