//! Links that GitHub gives: found, and followed only where our credentials belong.

use url::Url;

/// The target of `rel="next"` (RFC 8288, section 3).
pub(super) fn next(header: &str) -> Option<&str> {
    header.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split([';', ',']).any(|parameter| {
            parameter
                .trim()
                .strip_prefix("rel=")
                .is_some_and(|relations| relations.trim_matches('"').split(' ').any(|name| name == "next"))
        });
        is_next.then_some(target)
    })
}

/// The path below the API's address of a link that GitHub gave; `None` when it leads anywhere else, where our
/// credentials must not go.
pub(super) fn path_below(api: &Url, link: &str) -> Option<String> {
    let link = api.join(link).ok()?;
    if link.origin() != api.origin() {
        return None;
    }
    let path = link.path().strip_prefix(api.path().trim_end_matches('/'))?;
    let query = link.query().map(|query| format!("?{query}")).unwrap_or_default();
    path.starts_with('/').then(|| format!("{path}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_relations() {
        assert_eq!(
            next(r#"<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next""#),
            Some("https://a/?page=3")
        );
        assert_eq!(next("<https://a/?x=1,2>; rel=next"), Some("https://a/?x=1,2"));
        assert_eq!(next(r#"<https://a/>; title="next"; rel="last next""#), Some("https://a/"));
        for none in ["", "<", "<https://a/>", r#"<https://a/>; rel="last""#, r#"<https://a/>; rel="nextish""#]
        {
            assert_eq!(next(none), None, "{none}");
        }
    }

    #[test]
    fn only_links_to_the_configured_host_port_and_path_are_followed() {
        let github: Url = "https://api.github.com".parse().unwrap();
        let server: Url = "https://github.acme.example:8443/api/v3/".parse().unwrap();

        assert_eq!(
            path_below(&github, "https://api.github.com/organizations/9/x?page=2").unwrap(),
            "/organizations/9/x?page=2"
        );
        assert_eq!(path_below(&github, "/orgs/acme/x?page=2").unwrap(), "/orgs/acme/x?page=2");
        assert_eq!(
            path_below(&server, "https://github.acme.example:8443/api/v3/organizations/9/x").unwrap(),
            "/organizations/9/x"
        );
        for elsewhere in [
            "https://api.github.com.evil.example/x",
            "https://api.github.com:444/x",
            "http://api.github.com/x",
            "//evil.example/x",
            "https://api.github.com@evil.example/x",
        ] {
            assert_eq!(path_below(&github, elsewhere), None, "{elsewhere}");
        }
        for elsewhere in
            ["https://github.acme.example:8443/login", "https://github.acme.example:8443/api/v3x/y"]
        {
            assert_eq!(path_below(&server, elsewhere), None, "{elsewhere}");
        }
    }
}
