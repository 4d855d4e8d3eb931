//! Whatever GitHub, or somebody in its place, says: an answer of ours, never a panic, and no way out of the API.

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::app_auth::InstallationToken;
use super::{WebhookSecret, links};

fn header() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "<",
        ">",
        ";",
        ",",
        " ",
        "\"",
        "rel=",
        "next",
        "prev",
        "https://api.github.com",
        "https://evil.example",
        "/x?page=2",
        "//evil.example",
        "@",
        ":444",
        "\\",
        "..",
        "é",
    ]);
    prop_oneof![".{0,60}", prop::collection::vec(part, 0..16).prop_map(|parts| parts.concat())]
}

proptest! {
    #[test]
    fn a_link_leads_to_the_api_or_nowhere(header in header(), is_server: bool) {
        let api: Url = if is_server { "https://github.acme.example:8443/api/v3" } else { "https://api.github.com" }
            .parse()
            .unwrap();
        let next = links::next(&header);
        let stands_there = |target: &str| header.contains(&format!("<{target}>"));
        prop_assert!(next.is_none_or(stands_there));
        for link in next.into_iter().chain([header.as_str()]) {
            if let Some(path) = links::path_below(&api, link) {
                // As it is asked for: the API's address with the path behind it.
                let asked: Url = format!("{}{path}", api.as_str().trim_end_matches('/')).parse().unwrap();
                prop_assert_eq!(asked.origin(), api.origin());
                prop_assert!(asked.path().starts_with(api.path().trim_end_matches('/')));
            }
        }
    }

    #[test]
    fn a_page_that_is_named_is_found(page in 1_u32.., others in prop::collection::vec("(prev|last|first)", 0..3)) {
        let target = format!("https://api.github.com/x?page={page}");
        let mut links: Vec<_> = others.iter().map(|rel| format!("<https://api.github.com/x>; rel=\"{rel}\"")).collect();
        links.push(format!("<{target}>; rel=\"next\""));

        let header = links.join(", ");
        prop_assert_eq!(links::next(&header), Some(target.as_str()));
    }

    #[test]
    fn an_answer_without_text_and_an_end_is_no_token(body: Vec<u8>, token in odd(), expires_at in odd()) {
        prop_assert!(InstallationToken::read(&body).is_none());
        let answer = json!({ "token": token, "expires_at": expires_at });
        let is_whole = token.as_str().is_some_and(|token| !token.is_empty()) && expires_at == END;
        prop_assert_eq!(InstallationToken::read(answer.to_string().as_bytes()).is_some(), is_whole);
    }

    #[test]
    fn nothing_but_the_right_signature_passes(header: Vec<u8>, digits in "(sha256=)?[0-9a-fA-F]{0,66}", body: Vec<u8>) {
        let secret = WebhookSecret::new("It's a Secret to Everybody".into()).unwrap();
        prop_assert!(secret.verify(Some(&header), &body).is_err());
        prop_assert!(secret.verify(Some(digits.as_bytes()), &body).is_err());
    }
}

const END: &str = "2026-11-23T13:00:00Z";

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(END)),
        Just(json!(null)),
        Just(json!("")),
        Just(json!([END])),
        Just(json!(i64::MIN)),
        any::<i64>().prop_map(Value::from),
    ]
}
