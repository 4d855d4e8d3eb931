//! What the smallest file means.

use super::*;
use crate::ids::SlackUserId;
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
    let groups = |slack: &str| Vec::from_iter(book.groups_of(&SlackUserId::new(slack)));

    assert_eq!(groups("U0ALICE"), ["approvers"]);
    assert_eq!(groups("U0CAROL"), ["approvers"]);
    assert_eq!(groups("U0BOB"), Vec::<String>::new());
    assert_eq!(book.login_of(&SlackUserId::new("U0BOB")).unwrap().as_str(), "bob");
    assert_eq!(book.login_of(&SlackUserId::new("U0CAROL")), None);
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
