//! The page's own files, part of the program: nothing is built, nothing is fetched from elsewhere.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::demo::Stage;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, type and content.
const FILES: [(&str, &str, &str); 11] = [
    ("/", HTML, include_str!("web/page.html")),
    ("/page.css", CSS, include_str!("web/page.css")),
    ("/slack.css", CSS, include_str!("web/slack.css")),
    ("/icon.svg", SVG, include_str!("web/icon.svg")),
    ("/page.js", SCRIPT, include_str!("web/page.js")),
    ("/dom.js", SCRIPT, include_str!("web/dom.js")),
    ("/github.js", SCRIPT, include_str!("web/github.js")),
    ("/slack.js", SCRIPT, include_str!("web/slack.js")),
    ("/blocks.js", SCRIPT, include_str!("web/blocks.js")),
    ("/form.js", SCRIPT, include_str!("web/form.js")),
    ("/modal.js", SCRIPT, include_str!("web/modal.js")),
];

pub(super) fn router() -> Router<Stage> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, content)| {
        router.route(path, get(move || async move { ([(CONTENT_TYPE, kind)], content) }))
    })
}
