//! Keeps other websites out: the page runs on developers' machines, in the browser they use for everything else.
//!
//! A name that an attacker lets point to this machine is refused (DNS rebinding), so is whatever another site's page
//! sends; and the page itself may load from here alone.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Trusted types are never made here, so every assignment of markup from a script fails, too.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// Stands around the page's router.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match foreign(request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is not the page's own, if it is not.
fn foreign(headers: &HeaderMap) -> Option<&'static str> {
    let Some(host) = text(headers, &HOST) else {
        return Some("the request names no host");
    };
    if !is_address(host) {
        return Some("open this page by its address, as printed at the start");
    }
    match (text(headers, &ORIGIN), headers.contains_key(ORIGIN)) {
        (None, false) => None,
        (Some(origin), _) if origin.strip_prefix("http://") == Some(host) => None,
        _ => Some("another site's page may do nothing here"),
    }
}

/// Only names can be made to point elsewhere, and `localhost` is nobody's to define.
fn is_address(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let pairs = [(HOST, Some(host)), (ORIGIN, origin)];
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name, value?.parse().ok()?)));
        given.collect()
    }

    #[test]
    fn the_page_itself_is_let_in() {
        for host in ["127.0.0.1:3000", "[::1]:3000", "localhost:3000", "192.168.0.7:80"] {
            let own = format!("http://{host}");
            assert_eq!(foreign(&headers(host, None)), None, "{host}");
            assert_eq!(foreign(&headers(host, Some(&own))), None, "{host}");
        }
    }

    #[test]
    fn other_sites_and_names_that_were_made_to_point_here_are_not() {
        for (host, origin) in [
            ("evil.example:3000", None),
            ("evil.example:3000", Some("http://evil.example:3000")),
            ("localhost.evil.example", None),
            ("127.0.0.1:3000", Some("https://evil.example")),
            ("127.0.0.1:3000", Some("http://127.0.0.1:3001")),
            ("127.0.0.1:3000", Some("null")),
            ("127.0.0.1:3000@evil.example", None),
            ("", None),
        ] {
            assert!(foreign(&headers(host, origin)).is_some(), "{host} {origin:?}");
        }
        assert!(foreign(&HeaderMap::new()).is_some());
    }
}
