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
fn it_is_among_the_files_that_are_looked_at_while_the_service_runs() {
    let folder = Folder::new();
    folder.put("people.csv", "github_login,slack_user\ncarol,U0CAROL\n");
    let config = folder.load(&with_top("people_file = \"people.csv\""), &[]).unwrap();
    assert_eq!(config.sources.now(), *config.sources.then());

    folder.put("people.csv", "github_login,slack_user\ncarol,U0OTHER\n");

    assert_ne!(config.sources.now(), *config.sources.then());
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

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Spoilt bytes are mistakes, or a book in which nobody is whom the file does not name.
    #[test]
    fn no_file_makes_somebody_of_nobody(
        rows in proptest::collection::vec("[a-zé\"]{0,8},[U0A-Z, \"]{0,10}(,[0-9x-]{0,21})?", 0..6),
        cut in 0_usize..80,
        spoilt in proptest::option::of((0_usize..80, proptest::num::u8::ANY)),
    ) {
        let mut bytes = format!("github_login,slack_user,github_id\n{}\n", rows.join("\n")).into_bytes();
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Some((at, byte)) = spoilt
            && let Some(place) = bytes.get_mut(at)
        {
            *place = byte;
        }
        let text = String::from_utf8_lossy(&bytes).to_lowercase();

        if let Ok(config) = with_file(&bytes) {
            for (login, mapped) in &config.rulebook.people {
                let is_named = text.contains(login.as_str()) && text.contains(&mapped.slack.as_str().to_lowercase());
                proptest::prop_assert!(is_named || ["alice", "bob"].contains(&login.as_str()), "{login}");
            }
        }
    }
}
