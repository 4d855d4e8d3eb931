//! Somebody with a browser who links accounts: cookies, redirects and forms, as strict as browsers are.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use countersign::simulator::outbound::{Answer, Outbound};
use url::Url;

use super::World;

/// Where browsers find the service, by the configuration.
pub(crate) const PUBLIC: &str = "https://countersign.example.com";

/// A browser, and who is signed in to Slack and GitHub in it.
pub(crate) struct Visitor<'w> {
    world: &'w World,
    slack: Option<String>,
    github: Option<String>,
    /// Presses Cancel over there.
    pub(crate) declines: bool,
    /// What our service has set, by name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// Where it came to last.
    pub(crate) at: String,
}

impl World {
    /// The usual cast with sign-in; hubot, whom nobody has mapped, is an approver.
    pub(crate) async fn start_with_sign_in(change: impl FnOnce(&mut String)) -> Self {
        let mut world = Self::closed().await;
        world.slack().add_user("U0HUBOT", "hubot");
        world.slack().add_user("U0CAROL", "carol");
        world.github().add_user("carol");
        let sign_in = sign_in(&world);
        world.configure(|text| {
            *text = sign_in(text)
                .replace(r#"["alice", "monalisa"]"#, r#"["alice", "monalisa", "slack:U0HUBOT"]"#);
            change(text);
        });
        world.open(countersign::store::Probe::default()).await;
        world.quiet().await;
        world
    }

    /// A browser in which these two are signed in.
    pub(crate) fn visitor(&self, slack: &str, github: &str) -> Visitor<'_> {
        Visitor {
            world: self,
            slack: Some(slack.to_owned()),
            github: Some(github.to_owned()),
            declines: false,
            cookies: BTreeMap::new(),
            at: String::new(),
        }
    }
}

/// Adds the five keys to a configuration.
fn sign_in(world: &World) -> impl FnOnce(&str) -> String {
    use secrecy::ExposeSecret;
    let (github, slack) = (world.github().app().clone(), world.slack().app());
    let web = world.github().api_url().to_owned();
    move |text| {
        format!("public_url = \"{PUBLIC}\"\n{text}")
            .replace(
                "[github]\n",
                &format!(
                    "[github]\nclient_id = \"{}\"\nclient_secret = \"{}\"\nweb_url = \"{web}\"\n",
                    github.client_id,
                    github.client_secret.expose_secret()
                ),
            )
            .replace(
                "[slack]\n",
                &format!(
                    "[slack]\nclient_id = \"{}\"\nclient_secret = \"{}\"\n",
                    slack.client_id, slack.client_secret
                ),
            )
    }
}

impl Visitor<'_> {
    /// Opens one address and follows nothing.
    pub(crate) async fn open(&mut self, address: &str) -> Answer {
        let (url, headers) = self.prepared(address);
        let answer = Outbound::default().get_with(&url, headers).await.expect("somebody answers");
        self.keep(address, &answer);
        answer
    }

    /// Opens an address and goes where it leads, until there is a page.
    pub(crate) async fn go(&mut self, address: &str) -> Answer {
        let mut answer = self.open(address).await;
        while let Some(to) = leads_to(&answer) {
            answer = self.open(&to).await;
        }
        answer
    }

    /// Goes where an address leads, but not to an address that begins so: that one is given back.
    pub(crate) async fn go_until(&mut self, address: &str, until: &str) -> String {
        let mut address = address.to_owned();
        while !address.starts_with(until) {
            let answer = self.open(&address).await;
            address = leads_to(&answer).or_else(|| link_on(&answer)).expect("a way on");
        }
        address
    }

    /// From the ticket's address to the page with both sides: the way of somebody who means it.
    pub(crate) async fn reaches_confirm(&mut self, address: &str) -> Answer {
        let begin = self.open(address).await;
        let slack = link_on(&begin).expect("a way to Slack");
        self.go(&slack).await
    }

    /// Sends the form of a page, as our own page would.
    pub(crate) async fn send(&mut self, page: &Answer) -> Answer {
        let token = token_on(page).expect("a form");
        self.post(&token, &[("origin", "null"), ("sec-fetch-site", "same-origin")]).await
    }

    pub(crate) async fn post(&mut self, token: &str, more: &[(&'static str, &str)]) -> Answer {
        let address = format!("{PUBLIC}/link/confirm");
        let (url, mut headers) = self.prepared(&address);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        for (name, value) in more {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
        }
        let answer =
            Outbound::default().post(&url, headers, format!("token={token}")).await.expect("an answer");
        self.keep(&address, &answer);
        answer
    }

    /// All of it, until everybody was told.
    pub(crate) async fn links(&mut self, address: &str) -> Answer {
        let page = self.reaches_confirm(address).await;
        assert_eq!(page.status, StatusCode::OK, "{}", words(&page));
        let answer = self.send(&page).await;
        self.world.quiet().await;
        answer
    }

    fn prepared(&self, address: &str) -> (String, HeaderMap) {
        let url = Url::parse(address).expect("an address");
        let running = self.world.running.as_ref().expect("the service runs");
        let slack = self.world.slack().api_url().trim_end_matches("/api").to_owned();
        let github = self.world.github().api_url().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static("a browser"));
        let session = |user: &Option<String>| {
            let declines = if self.declines { "; declines=yes" } else { "" };
            user.as_ref().map(|user| format!("user={user}{declines}"))
        };
        let (target, cookies) = if let Some(path) = address.strip_prefix(PUBLIC) {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            (format!("{}{path}", running.base), (!cookies.is_empty()).then(|| cookies.join("; ")))
        } else if address.starts_with(&slack) {
            (address.to_owned(), session(&self.slack))
        } else if address.starts_with(&github) {
            (address.to_owned(), session(&self.github))
        } else {
            panic!("nobody meant to send a browser to {}", url.host_str().unwrap_or_default());
        };
        if let Some(cookies) = cookies {
            headers.insert(header::COOKIE, HeaderValue::from_str(&cookies).expect("cookies"));
        }
        (target, headers)
    }

    fn keep(&mut self, address: &str, answer: &Answer) {
        self.at = address.to_owned();
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("text");
            let mut parts = line.split("; ");
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("NAME=VALUE");
            let parts: Vec<_> = parts.collect();
            // What `__Host-` demands (RFC 6265bis); and no script reads it, and strangers' forms don't carry it.
            assert!(address.starts_with("https://") && name.starts_with("__Host-"), "{line}");
            for wanted in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(parts.contains(&wanted), "{line}");
            }
            match parts.contains(&"Max-Age=0") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
    }
}

/// Where an answer sends the browser.
pub(crate) fn leads_to(answer: &Answer) -> Option<String> {
    answer.headers.get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned())
}

/// Where the page's one link leads.
pub(crate) fn link_on(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let (_, rest) = text.split_once("class=\"go\" href=\"")?;
    rest.split_once('"').map(|(url, _)| url.replace("&amp;", "&"))
}

/// What the page's form carries.
pub(crate) fn token_on(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let (_, rest) = text.split_once("name=\"token\" value=\"")?;
    rest.split_once('"').map(|(token, _)| token.to_owned())
}

/// What a page says, without its tags.
pub(crate) fn words(answer: &Answer) -> String {
    let text = answer.text();
    let body = text.split_once("<main>").map_or(text.as_str(), |(_, body)| body);
    let mut words = String::new();
    let mut is_tag = false;
    for letter in body.chars() {
        match letter {
            '<' => {
                is_tag = true;
                words.push(' ');
            }
            '>' => is_tag = false,
            letter if !is_tag => words.push(letter),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace("&amp;", "&").replace("&quot;", "\"")
}
