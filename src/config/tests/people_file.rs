//! `people_file`: every mistake by its line, and one book with `[people]`.

use super::*;
use crate::ids::{GitHubUserId, Login, SlackUserId};

fn with_file(contents: &[u8]) -> Result<Config, Mistakes> {
    let folder = Folder::new();
    fs::write(folder.0.path().join("people.csv"), contents).unwrap();
    folder.load(&with_top("people_file = \"people.csv\""), &[])
}

#[test]
fn people_of_the_file_stand_beside_those_of_the_table() {
    let config = with_file(
        "\u{feff}github_login,slack_user,github_id\r\nCarol, U0CAROL ,103\n\ndave,U0DAVE,\n".as_bytes(),
    )
    .unwrap();

    assert_eq!(config.rulebook.people.len(), 4);
    let carol = &config.rulebook.people[&Login::new("carol")];
    assert_eq!((&carol.slack, carol.github_id), (&SlackUserId::new("U0CAROL"), Some(GitHubUserId(103))));
    assert_eq!(config.rulebook.people[&Login::new("dave")].github_id, None);
}

#[test]
fn its_people_are_known_to_groups_and_machines() {
    let folder = Folder::new();
    folder.put("people.csv", "github_login,slack_user\ncarol,U0CAROL\n");
    let text = with_top("people_file = \"people.csv\"").replace("\"bob\"]", "\"carol\"]")
        + "\n[machines]\nhubot = \"carol\"\n";

    let config = folder.load(&text, &[]).unwrap();

    assert_eq!(config.rulebook.machines[&Login::new("hubot")].owner, Login::new("carol"));
}

#[test]
fn every_mistake_is_named_with_its_line_and_a_cure() {
    let mistakes = with_file(
        b"github_login,slack_user,github_id
not a login,U0X,1
carol,#carol,nine
dave
erin,U0ALICE,5
ALICE,U0OTHER,6
frank,U0FRANK,
frank,U0FRANCIS,
grace,U0FRANK,
heidi,U0HEIDI,5
\xff,U0IVAN,7
ivan,U0IVAN,7,8
,U0JUDY,9
",
    )
    .unwrap_err();

    insta::assert_snapshot!(mistakes.to_string());
}

#[test]
fn a_file_without_the_known_columns_is_not_read() {
    for contents in
        ["", "login,slack\nalice,U0X\n", "carol,U0CAROL\n", "github_login,slack_user,github_id,team\n"]
    {
        assert_eq!(told(with_file(contents.as_bytes())), "wrong-value people_file, line 1", "{contents:?}");
    }
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let mistakes = load(&with_top("people_file = \"nobody.csv\"")).unwrap_err();

    insta::assert_snapshot!(mistakes.to_string(), @"
    The configuration has 1 mistake:
      people_file: the file it names can't be read: entity not found; check path and permissions; a relative path starts at the configuration's folder [unreadable-file]
    ");
}
