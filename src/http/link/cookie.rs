//! The one cookie there is: what a browser holds while it links two accounts.
//!
//! `__Host-` makes browsers refuse it from anywhere but this very host, over TLS. The same holds on loopback, where
//! browsers take plain `http` for trustworthy enough to keep it (w3c.github.io, secure contexts; Safari does not): a
//! weaker cookie for there would be one that could be left on by mistake.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;

use crate::identity::Browser;

const NAME: &str = "__Host-countersign-link";

/// What the browser says it holds. Said twice, or spelled otherwise than by us, it is not said.
pub(super) fn browser(headers: &HeaderMap) -> Option<Browser> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    match (ours.next(), ours.next()) {
        (Some(value), None) => Browser::parse(value),
        _ => None,
    }
}

pub(super) fn set(browser: &Browser) -> HeaderValue {
    let cookie = browser.cookie();
    let line =
        format!("{NAME}={}; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax", cookie.expose_secret());
    let mut value = HeaderValue::from_str(&line).expect("hexadecimal digits can stand in a header");
    value.set_sensitive(true);
    value
}

pub(super) fn taken_back() -> HeaderValue {
    const LINE: &str = "__Host-countersign-link=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
    HeaderValue::from_static(LINE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::identity::TicketSecret;

    fn made() -> Browser {
        let chance = Chance::seeded(1);
        Browser::random(TicketSecret::random(&chance).id(), &chance)
    }

    fn sent(lines: &[String]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let line = set(&made());
        let line = line.to_str().unwrap();

        assert!(line.starts_with("__Host-"));
        for part in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
            assert!(line.contains(part), "{part}");
        }
        assert!(!line.contains("Domain"));
        assert!(taken_back().to_str().unwrap().starts_with(&format!("{NAME}=;")));
    }

    #[test]
    fn it_is_read_among_others_and_only_once() {
        let made = made();
        let pair = format!("{NAME}={}", made.cookie().expose_secret());

        for lines in
            [vec![pair.clone()], vec![format!("a=b; {pair} ; c=d")], vec!["a=b".into(), pair.clone()]]
        {
            assert_eq!(browser(&sent(&lines)).map(|read| read.mark()), Some(made.mark()), "{lines:?}");
        }
        for lines in [
            vec![],
            vec![format!("{pair}; {pair}")],
            vec![pair.clone(), pair.clone()],
            vec![pair.replace("__Host-", "")],
            vec![format!("{pair}0")],
            vec![format!("\"{pair}\"")],
        ] {
            assert!(browser(&sent(&lines)).is_none(), "{lines:?}");
        }
    }
}
