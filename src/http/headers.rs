//! Headers read strictly: what is said twice is not said.

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};

/// The same header more than once: two readers could take different ones for the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} stands there more than once")]
pub(super) struct Repeated(&'static str);

/// The one value of a header, if there is one.
pub(super) fn one<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a HeaderValue>, Repeated> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Repeated(name)),
    }
}

/// The one value of a header as text; one that is not plain ASCII counts as missing.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Repeated> {
    Ok(one(headers, name)?.and_then(|value| value.to_str().ok()))
}

/// Whether the body is said to be JSON: `application/json`, in UTF-8 where a character set is named.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Ok(Some(said)) = text(headers, CONTENT_TYPE.as_str()) else { return false };
    let Ok(said) = said.parse::<mime::Mime>() else { return false };
    let is_utf_8 = said.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8);
    said.essence_str() == mime::APPLICATION_JSON.essence_str() && is_utf_8
}

/// Whether the body is compressed or otherwise wrapped. The signature is over the bytes that came, so nobody between
/// the sender and us can have wrapped them, and neither GitHub nor Slack does.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&'static [u8]]) -> HeaderMap {
        let values = values.iter().map(|value| HeaderValue::from_bytes(value).unwrap());
        values.fold(HeaderMap::new(), |mut headers, value| {
            headers.append(name, value);
            headers
        })
    }

    #[test]
    fn a_header_counts_when_it_stands_there_once() {
        let name = "x-github-event";

        assert_eq!(text(&headers(name, &[]), name), Ok(None));
        assert_eq!(text(&headers(name, &[b"ping"]), name), Ok(Some("ping")));
        assert_eq!(text(&headers(name, &[b"p\xefng"]), name), Ok(None));
        assert_eq!(text(&headers(name, &[b"ping", b"ping"]), name), Err(Repeated(name)));
    }

    #[test]
    fn json_is_json_in_utf_8_only() {
        let is_json = |values: &[&'static [u8]]| super::is_json(&headers("content-type", values));

        for json in [
            &b"application/json"[..],
            b"Application/JSON",
            b"application/json; charset=utf-8",
            b"application/json;charset=\"UTF-8\"",
            b"application/json; odd=1",
        ] {
            assert!(is_json(&[json]), "{json:?}");
        }
        for other in [
            &b""[..],
            b"json",
            b"text/json",
            b"application/jsonp",
            b"application/vnd.github+json",
            b"application/x-www-form-urlencoded",
            b"application/json; charset=utf-16",
            b"application/json; charset=latin1",
            b"application/json\xe9",
        ] {
            assert!(!is_json(&[other]), "{other:?}");
        }
        assert!(!is_json(&[]));
        assert!(!is_json(&[b"application/json", b"application/json"]));
    }

    #[test]
    fn only_identity_leaves_a_body_as_it_is() {
        let is_encoded = |values: &[&'static [u8]]| super::is_encoded(&headers("content-encoding", values));

        assert!(!is_encoded(&[]));
        assert!(!is_encoded(&[b"identity"]));
        for coding in [&b"gzip"[..], b"br", b"", b"identity, gzip", b"\xff"] {
            assert!(is_encoded(&[coding]), "{coding:?}");
        }
        assert!(is_encoded(&[b"identity", b"gzip"]));
    }
}
