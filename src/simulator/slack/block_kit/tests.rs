use proptest::prelude::*;
use serde_json::json;

use super::*;

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "plain_text", "text": text}})
}

fn button(action_id: &str) -> Value {
    json!({"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Approve"}})
}

fn message(blocks: Value) -> Vec<String> {
    violations(&blocks, Surface::Message)
}

#[test]
fn a_whole_card_is_valid() {
    let card = json!([
        {"type": "header", "text": {"type": "plain_text", "text": "octocat wants to WRITE", "emoji": false}},
        {"type": "rich_text", "block_id": "what", "elements": [
            {"type": "rich_text_section", "elements": [
                {"type": "text", "text": "New: ", "style": {"bold": true}}, {"type": "user", "user_id": "U0ALICE"}]},
            {"type": "rich_text_list", "style": "bullet", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "push code"}]}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "for the release"}]}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "waiting", "verbatim": true}]},
        {"type": "actions", "block_id": "r-7f3k2.1", "elements": [
            {"type": "button", "action_id": "approve", "value": "r-7f3k2", "style": "primary",
             "text": {"type": "plain_text", "text": "Approve"},
             "confirm": {"title": {"type": "plain_text", "text": "Approve?"}, "text": {"type": "plain_text", "text": "It will."},
                         "confirm": {"type": "plain_text", "text": "Approve"}, "deny": {"type": "plain_text", "text": "Back"}}}]},
    ]);

    assert_eq!(message(card), Vec::<String>::new());
}

#[test]
fn each_length_is_allowed_up_to_its_limit_and_refused_beyond() {
    type Maker = fn(usize) -> Value;
    let cases: &[(usize, Maker)] = &[
        (50, |n| (0..n).map(|_| json!({"type": "divider"})).collect()),
        (3000, |n| json!([section(&"é".repeat(n))])),
        (150, |n| json!([{"type": "header", "text": {"type": "plain_text", "text": "x".repeat(n)}}])),
        (255, |n| json!([{"type": "divider", "block_id": "x".repeat(n)}])),
        (10, |n| json!([{"type": "section", "fields": vec![json!({"type": "mrkdwn", "text": "x"}); n]}])),
        (2000, |n| json!([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x".repeat(n)}]}])),
        (10, |n| json!([{"type": "context", "elements": vec![json!({"type": "mrkdwn", "text": "x"}); n]}])),
        (
            25,
            |n| json!([{"type": "actions", "elements": (0..n).map(|i| button(&i.to_string())).collect::<Vec<_>>()}]),
        ),
        (75, |n| with_button(json!({"text": {"type": "plain_text", "text": "x".repeat(n)}}))),
        (2000, |n| with_button(json!({"value": "x".repeat(n)}))),
        (100, |n| with_button(json!({"confirm": confirm("title", n)}))),
        (300, |n| with_button(json!({"confirm": confirm("text", n)}))),
        (30, |n| with_button(json!({"confirm": confirm("confirm", n)}))),
        (30, |n| with_button(json!({"confirm": confirm("deny", n)}))),
    ];

    for (limit, maker) in cases {
        assert_eq!(message(maker(*limit)), Vec::<String>::new(), "{}", maker(1));
        assert_ne!(message(maker(limit + 1)), Vec::<String>::new(), "{}", maker(1));
    }
}

fn with_button(fields: Value) -> Value {
    let mut button = button("approve");
    for (name, value) in fields.as_object().unwrap() {
        button[name] = value.clone();
    }
    json!([{"type": "actions", "elements": [button]}])
}

fn confirm(long: &str, length: usize) -> Value {
    let mut confirm = json!({});
    for name in ["title", "text", "confirm", "deny"] {
        let length = if name == long { length } else { 1 };
        confirm[name] = json!({"type": "plain_text", "text": "x".repeat(length)});
    }
    confirm
}

#[test]
fn what_slack_does_not_know_is_refused() {
    let wrong = [
        json!({"type": "sektion"}),
        json!({"type": "section"}),
        json!({"type": "section", "text": {"type": "plain_text", "text": ""}}),
        json!({"type": "section", "text": {"type": "plain_text", "text": "x", "verbatim": true}}),
        json!({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": true}}),
        json!({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
        json!({"type": "divider", "blockid": "x"}),
        json!({"type": "actions", "elements": []}),
        json!({"type": "actions", "elements": [{"type": "button", "action_id": "approve"}]}),
        json!({"type": "actions", "elements": [button("approve"), button("approve")]}),
        json!({"type": "input", "label": {"type": "plain_text", "text": "x"}, "element": {"type": "plain_text_input"}}),
        json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]}),
        json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "mention"}]}]}),
        json!({"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}),
        json!("divider"),
    ];

    for block in wrong {
        assert_ne!(message(json!([block])), Vec::<String>::new(), "{block}");
    }
    assert_ne!(message(json!({"type": "divider"})), Vec::<String>::new());
    assert_ne!(
        message(json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])),
        Vec::<String>::new()
    );
}

#[test]
fn a_modal_with_inputs_needs_a_submit_button_and_short_titles() {
    let mut modal = json!({
        "type": "modal", "callback_id": "deny", "private_metadata": "r-7f3k2",
        "title": {"type": "plain_text", "text": "Deny"}, "submit": {"type": "plain_text", "text": "Deny"},
        "blocks": [{"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Reason"},
                    "element": {"type": "plain_text_input", "action_id": "reason"}}]});
    assert_eq!(view_violations(&modal), Vec::<String>::new());

    modal["title"]["text"] = json!("x".repeat(25));
    assert_eq!(view_violations(&modal), ["view/title/text: must be less than 25 characters"]);
    modal["title"]["text"] = json!("Deny");
    modal.as_object_mut().unwrap().remove("submit");
    assert_eq!(view_violations(&modal), ["view: must have submit when there are inputs"]);
}

#[test]
fn rich_text_runs_and_verbatim_words_reach_nobody() {
    let blocks = json!([
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "text", "text": "<!channel> *bold* https://example.com @here"}]}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "10:15:30 &lt;!here&gt; snake_case @here", "verbatim": true}]},
        {"type": "section", "text": {"type": "plain_text", "text": ":tada: <@U0ALICE>", "emoji": false}},
    ]);

    assert_eq!(mentions_and_links(&blocks), Vec::<String>::new());
}

#[test]
fn every_way_to_mention_link_or_format_is_listed() {
    let rich = json!([{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "user", "user_id": "U0ALICE"}, {"type": "usergroup", "usergroup_id": "S0SECURITY"},
        {"type": "broadcast", "range": "here"}, {"type": "link", "url": "https://example.com"}]}]}]);
    assert_eq!(
        mentions_and_links(&rich),
        ["user U0ALICE", "usergroup S0SECURITY", "broadcast here", "link https://example.com"]
    );

    let in_text = mentions_and_links_in_text;
    assert_eq!(in_text("<!channel> and <@U0ALICE>"), ["construct <!channel>", "construct <@U0ALICE>"]);
    assert_eq!(in_text("see (https://example.com) @here"), ["bare (https://example.com)", "bare @here"]);
    assert_eq!(in_text("*Approved* :tada:"), ["emoji :tada:", "formatting *"]);
    assert_eq!(in_text("&gt; quoted"), ["formatting >"]);
    assert_eq!(in_text("10 * 3 is a_b, 5 < 6"), Vec::<String>::new());
}

proptest! {
    #[test]
    fn any_text_can_be_judged(text in ".*") {
        let found = mentions_and_links_in_text(&text);
        prop_assert!(found.iter().all(|line| !line.is_empty()));
    }

    #[test]
    fn any_text_in_rich_text_reaches_nobody(text in ".{1,500}") {
        let run = json!({"type": "text", "text": text});
        let blocks = json!([{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [run]}]}]);
        prop_assert_eq!(violations(&blocks, Surface::Message), Vec::<String>::new());
        prop_assert_eq!(mentions_and_links(&blocks), Vec::<String>::new());
    }
}

#[test]
fn no_option_is_offered_twice() {
    let option = |value: &str| json!({"text": {"type": "plain_text", "text": "x"}, "value": value});
    let of = |kind: &str, values: [&str; 2]| {
        let element = json!({"type": kind, "action_id": "a", "options": values.map(option)});
        let label = json!({"type": "plain_text", "text": "Which"});
        violations(&json!([{"type": "input", "label": label, "element": element}]), Surface::Modal)
    };

    for kind in ["checkboxes", "radio_buttons", "static_select"] {
        assert_eq!(of(kind, ["1", "2"]), Vec::<String>::new(), "{kind}");
        assert_eq!(of(kind, ["1", "1"]), ["blocks/0: option \"1\" is offered twice"], "{kind}");
    }
}
