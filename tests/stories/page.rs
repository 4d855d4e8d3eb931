//! The demo's page, in a real browser: every role played by hand.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::ids::{ChannelId, GitHubUserId, Login, RepositoryId};
use countersign::request::{Collection, Facts, Gathered, Past, Repository, TokenRequest};
use countersign::simulator::github::{Action, By};
use countersign::simulator::outbound::{Answer, Outbound};
use countersign::simulator::slack::Slack;
use countersign::slack::views::{self, Details};
use countersign::slack::{Listing, Opened, collecting_card, messages};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::browser::{Browser, Screen, serve_page};
use crate::support::stand_in::StandIn;

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

/// Posts to a page with one more header than the browser's own.
async fn post(page: &str, name: &'static str, value: &str) -> Answer {
    let mut headers = json_headers();
    headers.insert(HeaderName::from_static(name), value.parse().expect("a header"));
    let doing = json!({"act": "disturb_github", "person": "octocat", "on": true}).to_string();
    Outbound::default().post(&format!("{page}/acts"), headers, doing).await.expect("an answer")
}

#[tokio::test]
async fn other_websites_can_do_nothing_on_the_page_and_it_loads_nothing_from_them() {
    let world = World::start().await;
    let page = serve_page(&world).await;

    for (name, value, status) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("host", "evil.example:3000", StatusCode::FORBIDDEN),
        ("content-type", "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        assert_eq!(post(&page, name, value).await.status, status, "{name}: {value}");
    }

    assert!(!world.github().is_disturbed(), "a stranger did something");
    assert_eq!(post(&page, "origin", &page).await.status, StatusCode::OK);
    assert!(world.github().is_disturbed());
    let policy =
        crate::support::get(&page).await.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
}

#[tokio::test]
async fn what_the_form_would_not_take_is_refused_with_the_reason() {
    let world = World::start().await;
    let page = serve_page(&world).await;
    let ask = async |change: fn(&mut Value)| {
        let mut wish = json!({"token_name": "x", "repositories": {"subset": ["docs"]}, "permissions": [], "days": 7, "reason": ""});
        change(&mut wish);
        let doing = json!({"act": "request", "person": "octocat", "wish": wish}).to_string();
        let answer = Outbound::default().post(&format!("{page}/acts"), json_headers(), doing).await.unwrap();
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        told["problem"].as_str().unwrap_or("taken").to_owned()
    };

    assert_eq!(ask(|wish| wish["token_name"] = " ".into()).await, "the token needs a name");
    assert_eq!(
        ask(|wish| wish["repositories"] = json!({"subset": ["nope"]})).await,
        "there is no such repository"
    );
    assert_eq!(ask(|wish| wish["repositories"] = json!({"subset": []})).await, "choose a repository");
    assert_eq!(ask(|wish| wish["days"] = 0.into()).await, "a token lives 1 to 366 days, or for ever");
    assert_eq!(
        ask(|wish| wish["permissions"] = json!([{"name": "contents", "level": "own"}])).await,
        "the form does not offer contents: own"
    );
    assert_eq!(ask(|_| {}).await, "taken");
}

/// Asks for the token that the form begins with.
async fn ask(browser: &Browser) {
    browser.press("Request a token…").await;
    browser.press("Request token").await;
    browser.sees("pending").await;
}

#[tokio::test]
async fn a_request_made_on_the_page_is_approved_in_slack_and_github_hears_it() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    ask(&browser).await;
    browser.sees("octocat wants to WRITE to 2 repositories in acme").await;
    browser.look_at("Countersign").await;
    browser.sees("Your request for a token").await;
    browser.become_person("alice").await;
    browser.press("Approve…").await;
    browser.sees("Approve this request?").await;
    browser.press("Approve").await;
    browser.sees("Approved by @alice").await;

    let grants = world.github().grants("acme");
    assert_eq!(grants.len(), 1, "one request, one token");
    browser.become_person("octocat").await;
    browser.sees("was approved by alice").await;
    browser.sees("Decided by Countersign").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn a_token_is_put_together_on_the_page_and_an_owner_approves_it_on_github() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    browser.press("Request a token…").await;
    browser.press_at("//input[@name='repository' and @value='docs']").await;
    browser.choose("contents", "Read").await;
    browser.choose("issues", "Read and write").await;
    browser.choose("days", "30 days").await;
    browser.type_into("reason", "Sorting the issues").await;
    browser.press("Request token").await;
    browser.sees("octocat wants to WRITE to 3 repositories in acme").await;
    browser.become_person("monalisa").await;
    browser.press("Approve").await;
    browser.type_into("reason", "Until the release").await;
    browser.press("Approve").await;
    browser.sees("Approved on GitHub by monalisa").await;

    let card = world.card().text;
    assert!(
        card.contains("payments-api, payments-web, docs (some private)")
            && card.contains("Sorting the issues"),
        "{card}"
    );
    assert!(card.contains("(30 days)") && card.contains("write issues, read code (contents)"), "{card}");
    assert_eq!(world.github().grants("acme").len(), 1);
    browser.is_clean().await;
}

#[tokio::test]
async fn a_pending_request_is_edited_and_cancelled_and_the_card_follows_without_a_reload() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    ask(&browser).await;
    browser.sees("Until: 21 Feb 2027 (90 days)").await;

    browser.press("Edit…").await;
    browser.choose("days", "Never expires").await;
    browser.press("Save").await;
    browser.sees("Until: never").await;
    browser.sees("never expires").await;
    browser.press("Cancel request").await;
    browser.sees("Cancelled").await;

    assert!(world.github().grants("acme").is_empty());
    browser.lacks("[data-action=approve]").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn what_an_owner_decides_on_github_shows_on_the_card() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    let request = world.octocat_asks().await;

    browser.become_person("monalisa").await;
    browser.press("Deny").await;
    browser.type_into("reason", "Use the app's own token").await;
    browser.press("Deny").await;
    browser.sees("Denied on GitHub by monalisa").await;

    let decision = world.github().decision_on(request).expect("decided");
    assert_eq!((decision.action, decision.by), (Action::Deny, By::User("monalisa".to_owned())));
    assert_eq!(decision.reason.as_deref(), Some("Use the app's own token"));
    browser.is_clean().await;
}

#[tokio::test]
async fn who_may_not_decide_is_told_so_alone() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    let request = world.octocat_asks().await;

    browser.become_person("bob").await;
    browser.press("Approve…").await;
    browser.press("Approve").await;
    browser.sees("Only visible to you").await;
    browser.sees("You can't decide this request").await;

    assert!(world.github().is_pending(request));
    for other in ["octocat", "alice", "monalisa"] {
        browser.become_person(other).await;
        browser.sees("octocat wants to WRITE").await;
        assert!(!browser.text().await.contains("Only visible to you"), "{other} sees what bob was told");
    }
    browser.is_clean().await;
}

#[tokio::test]
async fn a_modal_opens_fills_itself_and_closes() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::LongDesktop).await else { return };
    world.octocat_asks().await;

    browser.become_person("alice").await;
    browser.press("Details").await;
    browser.sees("Token request").await;
    browser.sees("What happened").await;
    browser.takes_picture_of_all("demo-desktop-details").await;
    browser.press_at("//dialog//button[@aria-label='Close']").await;

    browser.lacks("dialog").await;
    assert!(world.slack().modal("U0ALICE").is_none());
    browser.is_clean().await;
}

#[tokio::test]
async fn a_denial_with_its_reason_reaches_github_and_the_requester() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Phone).await else { return };
    let request = world.octocat_asks().await;

    browser.press("Slack").await;
    browser.become_person("alice").await;
    browser.press("Deny…").await;
    browser.sees("Deny this request").await;
    browser.choose("reason_preset", "Asks for more than it needs").await;
    browser.type_into("reason", "payments-api alone would do").await;
    browser.takes_picture("demo-phone-modal").await;
    browser.press("Deny").await;
    browser.sees("Denied by @alice").await;

    let decision = world.github().decision_on(request).expect("decided");
    assert_eq!(decision.action, Action::Deny);
    assert!(decision.reason.is_some_and(|reason| reason.ends_with("payments-api alone would do")));
    browser.become_person("octocat").await;
    browser.look_at("Countersign").await;
    browser.sees("was denied by alice").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn several_requests_are_ticked_read_and_denied() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    let requests = [world.octocat_asks().await, world.octocat_asks().await];

    browser.become_person("alice").await;
    browser.type_into("line", "/pat pending").await;
    browser.press("Send").await;
    browser.press("Decide several…").await;
    browser.sees("Tick what you want to decide alike.").await;
    browser.press("Next").await;
    browser.sees("Please complete this required field.").await;
    browser.press_at("//dialog//input[@value='deny']").await;
    browser.press("Next").await;
    browser.sees("Please tick at least one.").await;
    for number in [1, 2] {
        browser.press_at(&format!("(//dialog//input[@type='checkbox'])[{number}]")).await;
    }
    browser.press("Next").await;
    browser.sees("You are about to deny 2 requests").await;
    browser.press("Back").await;
    browser.sees("Tick what you want to decide alike.").await;
    let ticked = "return document.querySelectorAll('dialog input:checked').length";
    assert_eq!(browser.run(ticked).await, 3, "both requests and the verdict");
    browser.press("Next").await;
    browser.sees("You are about to deny 2 requests").await;
    browser.type_into("reason", "Not today").await;
    browser.press("Deny 2").await;
    browser.lacks("dialog").await;
    browser.sees("Your denial counts for all 2 requests.").await;

    world.pass(TimeDelta::seconds(1)).await;
    for request in requests {
        let decision = world.github().decision_on(request).expect("decided");
        assert_eq!((decision.action, decision.reason.as_deref()), (Action::Deny, Some("Not today")));
    }
    browser.is_clean().await;
}

/// A modal with the inputs that most forms use, opened by a stand-in for the service.
#[tokio::test]
async fn a_modal_validates_keeps_what_was_typed_and_submits() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    world.octocat_asks().await;
    let service = StandIn::start(&world).await;

    browser.become_person("alice").await;
    browser.press("Details").await;
    browser.sees("What the requester will read").await;
    browser.press("Deny").await;
    browser.sees("Please complete this required field.").await;
    browser.choose("reason_preset", "Too broad").await;
    browser.type_into("reason", "No").await;
    service.answers(json!({"response_action": "errors", "errors": {"reason": "Say a little more"}}));
    browser.press("Deny").await;
    browser.sees("Say a little more").await;
    service.opens_again(&world).await;
    browser.sees("Now with a note").await;
    assert_eq!(browser.run("return document.querySelector('dialog textarea').value").await, "No");
    browser.type_into("reason", "Only one repository, please").await;
    service.answers(json!({}));
    browser.press("Deny").await;
    browser.lacks("dialog").await;

    let values = &service.heard()["view"]["state"]["values"];
    assert_eq!(values["reason"]["reason"]["value"], "Only one repository, please");
    assert_eq!(values["reason_preset"]["reason_preset"]["selected_option"]["value"], "too_broad");
    browser.is_clean().await;
}

#[tokio::test]
async fn a_command_is_answered_to_the_asker() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    browser.become_person("alice").await;
    browser.type_into("line", "/pat whoami").await;
    browser.press("Send").await;

    browser.sees("Only visible to you").await;
    browser.sees("approvers").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn while_slack_fails_the_card_waits_and_comes_when_slack_is_back() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    browser.press_at("//input[@id='disturb-slack']").await;
    world.slack().until(Slack::is_disturbed).await.unwrap();
    ask(&browser).await;
    world.quiet().await;
    assert!(world.slack().channel(APPROVALS).is_empty(), "it came although Slack is down");
    browser.press_at("//input[@id='disturb-slack']").await;
    world.slack().until(|slack| !slack.is_disturbed()).await.unwrap();
    world.pass(TimeDelta::minutes(5)).await;

    browser.sees("octocat wants to WRITE to 2 repositories in acme").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn strangers_text_stays_text() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    browser.press("Request a token…").await;
    browser.type_into("token_name", "<img src=x onerror=alert(1)>").await;
    browser.type_into("reason", "<b id=evil>bold</b> <!channel> <@U0ALICE> *x*").await;
    browser.press("Request token").await;

    browser.sees("Token “<img src=x onerror=alert(1)>”").await;
    browser.sees("<b id=evil>bold</b> <!channel> <@U0ALICE> *x*").await;
    assert_eq!(browser.run("return document.querySelectorAll('#evil, [onerror], .mention').length").await, 0);
    browser.is_clean().await;
}

#[tokio::test]
async fn a_block_that_countersign_never_sends_is_shown_as_an_error() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    let strange = json!([
        {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "a picture"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*bold*"}},
        {"type": "actions", "elements": [{"type": "datepicker", "action_id": "day"}]},
    ]);

    world.slack().says("U0BOB", APPROVALS, "look", strange).unwrap();

    browser.sees("unknown block: image").await;
    browser.sees("unknown text: mrkdwn").await;
    browser.sees("unknown element: datepicker").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn the_page_fits_a_phone() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Phone).await else { return };
    world.octocat_asks().await;

    browser.sees("deploy-bot").await;
    browser.fits().await;
    browser.press("Request a token…").await;
    browser.fits().await;
    browser.press("Back").await;
    browser.press("Slack").await;
    browser.become_person("alice").await;
    browser.sees("octocat wants to WRITE").await;
    browser.takes_picture("demo-phone").await;
    browser.press("Approve…").await;
    browser.sees("Approve this request?").await;
    browser.takes_picture("demo-phone-confirm").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn details_can_be_read_on_a_phone() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::LongPhone).await else { return };
    world.octocat_asks().await;
    // What happened is worth reading then.
    world.press("U0BOB", "approve").await;

    browser.press("Slack").await;
    browser.become_person("alice").await;
    browser.press("Details").await;
    browser.sees("What happened").await;
    browser.sees("was refused: not an approver").await;
    browser.takes_picture_of_all("demo-phone-details").await;
    browser.is_clean().await;
}

#[tokio::test]
async fn the_page_shows_both_sides_on_a_desktop() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };

    browser.press("Request a token…").await;
    browser.fits().await;
    browser.type_into("token_name", "laptop").await;
    browser.choose("days", "Never expires").await;
    browser.type_into("reason", "To try things out").await;
    browser.press("Request token").await;
    browser.sees("Until: never").await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    browser.become_person("monalisa").await;
    browser.sees("To try things out").await;
    // The thread's reply is the last to come; each new message scrolls the channel to its end.
    browser.sees("1 reply").await;
    // The card that waits is the older one: the picture begins with it.
    browser.run("document.querySelector('.slack .scroll').scrollTop = 0").await;
    browser.takes_picture("demo-desktop").await;
    assert_eq!(browser.run("return document.querySelector('.slack .scroll').scrollTop").await, 0);
    browser.is_clean().await;
}

/// All blocks that a snapshot keeps, by its name; of modals, too.
fn kept_blocks() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/snapshots");
    let files = std::fs::read_dir(folder).expect("the snapshots are here").map(|file| file.unwrap().path());
    let mut kept: Vec<_> = files
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let shown: Value = serde_json::from_str(text.splitn(3, "---\n").nth(2)?).ok()?;
            let blocks = if shown.is_array() { shown } else { shown["blocks"].clone() };
            let is_shown =
                blocks.as_array().is_some_and(|blocks| blocks.iter().all(|one| one["type"].is_string()));
            is_shown.then(|| (path.file_name().unwrap().to_string_lossy().into_owned(), blocks))
        })
        .collect();
    kept.sort_by(|one, other| one.0.cmp(&other.0));
    kept
}

/// What no snapshot keeps as blocks.
fn made_blocks(request: &TokenRequest) -> Vec<(String, Value)> {
    let one = |number: u64| Repository {
        id: RepositoryId(number),
        full_name: format!("acme/service-{number}"),
        private: None,
    };
    let repositories =
        countersign::request::Repositories::Subset { listed: (1..=120).map(one).collect(), count: Some(130) };
    let many = TokenRequest { facts: Facts { repositories, ..request.facts.clone() }, ..request.clone() };
    let opened = |revision| Opened { key: request.key.clone(), revision, channel: None, page: 1 };
    let details = |opened: &Opened| {
        views::details(Details {
            request: &many,
            past: &Past::FirstToken,
            approvals: None,
            record: &[],
            may_approve: true,
            opened,
        })
    };
    let gathered = [Gathered::Flood, Gathered::Unreviewed].map(|gathered| {
        let (channel, made_at) = (ChannelId::new(APPROVALS), request.received_at);
        let collection = Collection { key: "c-7f3k2".parse().unwrap(), channel, gathered, made_at };
        let named = [request.clone()];
        collecting_card(Listing { collection: &collection, named: &named, left: 12, ended: 3 })
    });
    let linked = messages::linked(&Login::new("hubot"), GitHubUserId(7), TimeDelta::hours(24));
    let sign_in = views::sign_in("https://countersign.example.com/link", &opened(request.revision()));
    let shown = gathered.into_iter().chain([linked, messages::words("a & b")]);
    let modals = [details(&opened(many.revision())), details(&opened(request.revision())), sign_in];
    let blocks = shown.map(|message| serde_json::to_value(&message.blocks).unwrap());
    let in_modals = modals.map(|view| serde_json::to_value(&view).unwrap()["blocks"].clone());
    blocks.chain(in_modals).enumerate().map(|(number, blocks)| (format!("made {number}"), blocks)).collect()
}

#[tokio::test]
async fn whatever_countersign_sends_the_page_knows() {
    let world = World::start().await;
    let Some(browser) = Browser::open(&world, Screen::Desktop).await else { return };
    world.octocat_asks().await;
    let request = world.open_requests().await.remove(0);
    let kept = kept_blocks();
    assert!(kept.len() > 35, "only {} snapshots have blocks", kept.len());

    let mut everything: Vec<_> = kept.into_iter().chain(made_blocks(&request)).collect();
    // Fields are for modals alone; the story of what is typed into one has them all.
    for blocks in everything.iter_mut().filter_map(|(_, blocks)| blocks.as_array_mut()) {
        blocks.retain(|block| block["type"] != "input");
    }
    for (name, blocks) in &everything {
        let said = world.slack().says("U0BOB", APPROVALS, name, blocks.clone());
        said.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
    let end = json!([{"type": "section", "text": {"type": "plain_text", "text": "That was all"}}]);
    world.slack().says("U0BOB", APPROVALS, "the end", end).unwrap();

    browser.sees("That was all").await;
    let unknown = "return [...document.querySelectorAll('.unknown')].map((one) => one.textContent)";
    assert_eq!(browser.run(unknown).await, json!([]));
    let words = browser.text().await;
    for said in ["12 requests wait", "Next ›", "Sign in", "GitHub contradicts itself"] {
        assert!(words.contains(said), "{said:?} is not on the page");
    }
}
