//! What the smallest file means.

use super::*;
use crate::ids::SlackUserId;
use crate::policy::Unreviewed;
use crate::store::Database;
use std::path::PathBuf;

#[test]
fn the_smallest_file_is_enough() {
    let config = load(SMALLEST).unwrap();

    assert_eq!(config.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(config.admin_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.github.app_id, 123456);
    assert_eq!(config.slack.bot_token.expose_secret(), "xoxb-hunter2-bot");
    assert_eq!(config.slack.command, "/pat");
    assert!(config.encryption_key.is_none());
    assert_eq!(config.notices, []);
}

#[test]
fn a_route_is_for_any_organization_and_the_group_approvers_unless_it_says_otherwise() {
    let config = load(SMALLEST).unwrap();

    let routes = &config.rulebook.routing.routes;
    let [route] = routes.as_slice() else { panic!("{routes:?}") };
    assert_eq!(route.organization.as_str(), "*");
    assert_eq!(route.repositories, None);
    assert_eq!(route.approvers, ["approvers"]);
    assert_eq!(route.unreviewed, Unreviewed::Card);
}

#[test]
fn a_route_says_what_is_shown_of_tokens_granted_without_review() {
    let with = |word: &str| {
        let route = format!(r#"route  = [{{ channel = "C0APPROVALS", unreviewed = "{word}" }}]"#);
        load(&edited(r#"route  = [{ channel = "C0APPROVALS" }]"#, &route))
    };

    for (word, meant) in [("card", Unreviewed::Card), ("quiet", Unreviewed::Quiet), ("off", Unreviewed::Off)]
    {
        let config = with(word).unwrap();
        assert_eq!(config.rulebook.routing.routes[0].unreviewed, meant);
        assert_eq!(config.notices, []);
    }
    assert!(with("Off").is_err(), "another word is a mistake");
}

#[test]
fn the_database_lies_beside_the_file_that_names_it() {
    let folder = Folder::new();

    let beside = folder.load(SMALLEST, &[]).unwrap();
    let elsewhere = folder.load(&with_top("database.url = \"sqlite:///var/lib/c.db\""), &[]).unwrap();

    let file = |path: PathBuf| Database::Sqlite { path };
    assert_eq!(beside.database, file(folder.0.path().join("countersign.db")));
    assert_eq!(elsewhere.database, file("/var/lib/c.db".into()));
}

#[test]
fn groups_hold_people_by_login_and_by_slack_user() {
    let members = r#"members = ["Alice", "slack:U0CAROL"]"#;
    let book = load(&edited(r#"members = ["alice", "bob"]"#, members)).unwrap().rulebook;

    let members: Vec<_> = book.groups["approvers"].iter().map(ToString::to_string).collect();
    assert_eq!(members, ["alice", "slack:U0CAROL"]);
    assert_eq!(book.login_of(&SlackUserId::new("U0BOB")).unwrap().as_str(), "bob");
    assert_eq!(book.login_of(&SlackUserId::new("U0CAROL")), None);
}

#[test]
fn groups_hold_whoever_slack_and_github_say() {
    let members = r#"members = ["slack-group:S0SECURITY", "slack-group:T0ACME/S0SECURITY",
                                 "github-team:Acme/Security", "github-team:acme/security#4711", "github-owners"]"#;
    let config = load(&edited(r#"members = ["alice", "bob"]"#, members)).unwrap();

    let members: Vec<_> = config.rulebook.groups["approvers"].iter().map(ToString::to_string).collect();
    assert_eq!(
        members,
        [
            "slack-group:S0SECURITY",
            "slack-group:T0ACME/S0SECURITY",
            "github-team:acme/security",
            "github-team:acme/security#4711",
            "github-owners",
        ]
    );
}

#[test]
fn a_slack_user_group_that_decides_alone_is_worth_a_notice() {
    let notices = |members: &str| {
        let config = load(&edited(r#"["alice", "bob"]"#, members)).unwrap();
        config.notices.iter().map(ToString::to_string).collect::<Vec<_>>()
    };

    assert_eq!(notices(r#"["alice", "github-team:acme/security"]"#), Vec::<String>::new());
    assert_eq!(
        notices(r#"["alice", "slack-group:S0SECURITY"]"#),
        [
            "route[0].approvers: members of the Slack user group S0SECURITY decide here alone, on write access too: \
             whoever administers the Slack workspace can add themselves"
        ]
    );
}

#[test]
fn a_slack_user_group_does_not_decide_alone_where_somebody_else_has_to_agree_to_all_writing() {
    let notices = |required: &str| {
        let text = edited(r#"["alice", "bob"]"#, r#"["slack-group:S0SECURITY"]"#);
        let groups =
            "[groups.leads]\nmembers = [\"alice\"]\n[groups.others]\nmembers = [\"slack-group:S0OTHERS\"]\n";
        let config = load(&format!("{text}\n{groups}[[require]]\n{required}")).unwrap();
        config.notices.iter().filter(|notice| notice.to_string().contains("decide here alone")).count()
    };

    for agreed in [
        r#"one_from_each = ["leads"]"#,
        "permissions = [\"*:write\", \"*:admin\"]\none_from_each = [\"others\", \"leads\"]",
    ] {
        assert_eq!(notices(agreed), 0, "{agreed}");
    }
    for alone in [
        "approvals = 2",
        r#"one_from_each = ["others"]"#,
        "permissions = [\"*:admin\"]\none_from_each = [\"leads\"]",
        "repositories = [\"payments-*\"]\none_from_each = [\"leads\"]",
    ] {
        assert_eq!(notices(alone), 1, "{alone}");
    }
}

#[test]
fn how_many_are_in_a_group_that_somebody_else_keeps_is_nothing_to_rely_on() {
    for member in ["slack-group:S0SECURITY", "github-team:acme/security", "github-owners"] {
        let members = format!(r#"["{member}"]"#);
        let required = "[[require]]\napprovals = 5\none_from_each = [\"approvers\"]\n";
        load(&format!("{}\n{required}", edited(r#"["alice", "bob"]"#, &members))).unwrap();
    }
}

#[test]
fn what_is_no_group_of_slack_and_no_team_of_github_is_refused() {
    for member in [
        "slack-group:security",
        "slack-group:@security",
        "slack-group:U0ALICE",
        "slack-group:E0ACME/S0SECURITY",
        "slack-group:",
        "github-team:security",
        "github-team:acme/",
        "github-team:acme/a/b",
        "github-team:acme/sec urity",
        "github-team:acme/security#",
        "github-team:acme/security#0",
        "github-team:acme/security#+7",
        "github-team:acme/security#9223372036854775808",
        "github-team:ac me/security",
        "github-owners:acme",
    ] {
        let members = format!(r#"members = ["{member}"]"#);
        let told = told(load(&edited(r#"members = ["alice", "bob"]"#, &members)));
        assert_eq!(told, "wrong-value groups.approvers.members[0]", "{member}");
    }
}

#[test]
fn only_the_organizations_named_are_served() {
    let config = load(&edited("app_id = 123456", "app_id = 1\norganizations = [\"Acme*\"]")).unwrap();

    assert!(config.github.serves(&crate::ids::Login::new("ACME-labs")));
    assert!(!config.github.serves(&crate::ids::Login::new("other")));
}

#[test]
fn the_operators_channel_takes_what_has_no_other_place() {
    let operators = "app_id = \"A0COUNTER\"\noperators_channel = \"C0OPS\"";
    let config = load(&edited("app_id = \"A0COUNTER\"", operators)).unwrap();

    assert_eq!(config.slack.fallback_channel.unwrap().as_str(), "C0OPS");
}

#[test]
fn a_file_without_routes_is_in_order_and_worth_a_notice() {
    let config = load(&edited(r#"route  = [{ channel = "C0APPROVALS" }]"#, "")).unwrap();

    let notices: Vec<_> = config.notices.iter().map(ToString::to_string).collect();
    assert_eq!(notices, ["route: there is none: nobody may decide anything"]);
}
