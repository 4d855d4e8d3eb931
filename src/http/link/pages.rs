//! What stands on the pages: a few plain words, and one thing to do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::app::Page;
use crate::identity::{NotLinked, Side, Useless};
use crate::slack::messages;

/// A page as it is sent.
pub(super) struct Html(pub(super) Markup);

/// The pages' looks; the policy names its digest and allows no other.
const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;\
color:#1d1c1d;background:#fff}h1{font-size:1.4rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;\
padding:1rem;border:1px solid #ccc;border-radius:.5rem}dt{color:#555}dd{margin:0;font-weight:600;\
overflow-wrap:anywhere}a.go,button{display:inline-block;font:inherit;font-weight:600;color:#fff;background:#1264a3;\
border:0;border-radius:.4rem;padding:.6rem 1.1rem;text-decoration:none;cursor:pointer}\
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#1a1d21}dt{color:#aaa}}";

/// As the policy names the style.
pub(super) fn style_digest() -> String {
    STANDARD.encode(Sha256::digest(STYLE))
}

/// Renders a page; `command` is what people type in Slack.
pub(super) fn page(page: &Page, command: &str) -> Html {
    let again =
        format!("Nothing was linked. If you want to link your accounts, type {command} link in Slack.");
    Html(match page {
        Page::Begin { to_slack, .. } => framed(
            "Link your accounts",
            &html! {
                p { "You asked in Slack to link your Slack user to your GitHub account. First sign in to Slack, then to GitHub. "
                    "Then you see both and decide." }
                p { "Somebody sent you here? Then close this page: it is for whoever asked, and nobody else." }
                p { a.go href=(to_slack) rel="noreferrer" { "Sign in to Slack" } }
            },
        ),
        Page::Confirm { slack, name, account, login, token } => framed(
            "Are both of these you?",
            &html! {
                dl {
                    dt { "Slack" } dd { (name) " (" (slack.as_str()) ")" }
                    dt { "GitHub" } dd { (login.as_str()) " (number " (account.to_string()) ")" }
                }
                p { "If you link them, Countersign takes them for one person. From a day after you can decide requests in Slack, if a group of yours may." }
                form method="post" action="confirm" {
                    input type="hidden" name="token" value=(token);
                    button type="submit" { "Yes, link them" }
                }
                p { "Not you? Close this page. Nothing is linked then." }
            },
        ),
        Page::Linked { login, decides_from } => framed(
            "Your accounts are linked",
            &html! {
                p { "Your GitHub account is " strong { (login.as_str()) } ". Countersign has written to you in Slack about it." }
                p { "You can decide requests from " (messages::at(*decides_from)) " on. You may close this page." }
            },
        ),
        Page::Refused(why) => framed(
            "That did not work",
            &html! {
                p { (refused(*why)) }
                p { (again) }
            },
        ),
        Page::Useless(Useless::Expired) => framed(
            "This link is over",
            &html! {
                p { "It was good for ten minutes. " (again) }
            },
        ),
        Page::Useless(Useless::Over) => framed(
            "This link is over",
            &html! {
                p { "It was used before, and works once. To see how you are linked, type " (command) " whoami in Slack." }
            },
        ),
        Page::Unknown => framed(
            "There is nothing here",
            &html! {
                p { "This link is not one of ours, or a newer one took its place. To get one, type " (command) " link in Slack." }
            },
        ),
        Page::Cancelled { again } => framed(
            "Not signed in",
            &html! {
                p { "You did not sign in, so nothing was linked. You can try again, or close this page." }
                p { a.go href=(again) rel="noreferrer" { "Try again" } }
            },
        ),
        Page::Silent { side, again } => framed(
            "Not yet",
            &html! {
                p { (name(*side)) " does not answer at the moment. Nothing is lost: please try again." }
                p { a.go href=(again) rel="noreferrer" { "Try again" } }
            },
        ),
        Page::Misconfigured(side) => framed(
            "This needs the operators",
            &html! {
                p { (name(*side)) " does not accept the way in which Countersign is set up for sign-in. Please tell its operators." }
            },
        ),
        // An address to go to has no page.
        Page::To(_) => framed("One moment", &html! {}),
    })
}

fn framed(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " – Countersign" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Slack => "Slack",
        Side::GitHub => "GitHub",
    }
}

/// Why, to the person.
fn refused(why: NotLinked) -> &'static str {
    match why {
        NotLinked::Expired => "It took more than ten minutes.",
        NotLinked::OtherBrowser => {
            "This has to be done in one browser from beginning to end, by whoever asked for it. If somebody sent you \
             this link, tell them no."
        }
        NotLinked::OutOfTurn => "This step was done before, or out of turn.",
        NotLinked::Forged => "The form did not come from our own page.",
        NotLinked::OtherSlackUser => {
            "You signed in to Slack as somebody else than the one who asked. If somebody sent you this link, tell them no."
        }
        NotLinked::OtherWorkspace => {
            "You signed in to another Slack workspace than the one Countersign works in."
        }
        NotLinked::Untrue => "What Slack said about who signed in could not be relied on.",
        NotLinked::BadCode => "The sign-in could not be confirmed: its code is used up or over.",
        NotLinked::SlackAccount => "Only full members of the Slack workspace can link their accounts.",
        NotLinked::Reviewed => {
            "Your accounts are linked by Countersign's configuration already. Its operators can change that."
        }
        NotLinked::AlreadyLinked => "Your Slack user is linked to a GitHub account already.",
        NotLinked::Taken => {
            "This GitHub account is linked to somebody else. If it is yours, ask Countersign's operators."
        }
        NotLinked::Machine => "This GitHub account is a machine's, for which somebody else answers.",
    }
}
