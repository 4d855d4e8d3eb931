//! Addresses of GitHub, Slack and ourselves.

use toml::Value;
use url::{Host, Url};

use super::mistake::Problem;
use super::values::{Parsed, text};

/// `https`, or plain `http` on loopback, where nobody listens in; without a trailing slash.
pub(super) fn url(value: &Value) -> Parsed<Url> {
    let wrong = |problem: &str| Problem::shape(problem, r#"write it as "https://HOST/PATH""#);
    let url = Url::parse(text(value)?.trim_end_matches('/')).map_err(|_| wrong("it is not a URL"))?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_bare {
        return Err(wrong("it holds more than scheme, host, port and path"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong("plain http is allowed on loopback only")),
        _ => Err(wrong("it is neither https nor http")),
    }
}

/// Whether nothing that is sent to a URL leaves the machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// One of our own defaults.
pub(super) fn known(text: &str) -> Url {
    Url::parse(text).expect("our own URLs parse")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        url(&Value::String(text.to_owned())).ok().map(|url| url.to_string())
    }

    #[test]
    fn a_trailing_slash_makes_no_difference() {
        assert_eq!(read("https://github.acme.example/api/v3/"), read("https://github.acme.example/api/v3"));
        assert_eq!(read("https://github.com"), Some("https://github.com/".to_owned()));
    }

    #[test]
    fn plain_http_is_for_loopback() {
        for text in ["http://127.0.0.1:4000", "http://[::1]:4000/api", "http://localhost"] {
            assert!(read(text).is_some(), "{text:?}");
        }
        for text in ["http://github.com", "http://localhost.example", "http://0.0.0.0", "ftp://127.0.0.1"] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn an_address_holds_neither_credentials_nor_parameters() {
        for text in
            ["https://a:b@github.com", "https://a@github.com", "https://h?x=1", "https://h#x", "h", ""]
        {
            assert!(read(text).is_none(), "{text:?}");
        }
    }
}
