//! Variables over the file.

use super::*;

#[test]
fn a_variable_goes_before_the_file() {
    let text = with_top("listen = \"127.0.0.1:1\"");
    let variables =
        [("COUNTERSIGN__LISTEN", "127.0.0.1:2"), ("COUNTERSIGN__GITHUB__APP_ID", "7"), ("PATH", "/bin")];
    let config = Folder::new().load(&text, &variables).unwrap();

    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.github.app_id, 7);
}

#[test]
fn an_unknown_variable_names_the_nearest_known_one() {
    let mistakes = Folder::new().load(SMALLEST, &[("COUNTERSIGN__GITHUB__APPID", "7")]).unwrap_err();

    let [mistake] = mistakes.iter().collect::<Vec<_>>()[..] else { panic!("{mistakes}") };
    assert_eq!((mistake.code, mistake.key.as_str()), ("unknown-variable", "COUNTERSIGN__GITHUB__APPID"));
    assert!(mistake.cure.starts_with("did you mean COUNTERSIGN__GITHUB__APP_ID?"), "{mistake}");
}

#[test]
fn lists_and_maps_have_no_variables() {
    for name in [
        "COUNTERSIGN__GITHUB__ORGANIZATIONS",
        "COUNTERSIGN__ROUTE",
        "COUNTERSIGN__PEOPLE__CAROL",
        "COUNTERSIGN__MACHINES",
        "COUNTERSIGN__REPOSITORY_GROUPS",
        "COUNTERSIGN__GROUPS__APPROVERS__MEMBERS",
        "COUNTERSIGN__GITHUB",
        "COUNTERSIGN__",
        "COUNTERSIGN__listen",
    ] {
        let told = told(Folder::new().load(SMALLEST, &[(name, "x")]));
        assert_eq!(told, format!("unknown-variable {name}"));
    }
}

#[test]
fn a_mistake_in_a_variable_is_told_by_its_name() {
    let variables = [("COUNTERSIGN__TIMING__LEASE", "soon"), ("COUNTERSIGN__LISTEN", "")];

    assert_eq!(
        told(Folder::new().load(SMALLEST, &variables)),
        "wrong-value COUNTERSIGN__LISTEN\nwrong-value COUNTERSIGN__TIMING__LEASE"
    );
}

#[test]
fn a_secret_of_the_file_may_be_replaced_in_either_way() {
    let folder = Folder::new();
    folder.put("other-token", "xoxb-of-the-file");

    let direct = folder.load(SMALLEST, &[("COUNTERSIGN__SLACK__BOT_TOKEN", "xoxb-direct")]).unwrap();
    let by_file = folder.load(SMALLEST, &[("COUNTERSIGN__SLACK__BOT_TOKEN_FILE", "other-token")]).unwrap();

    assert_eq!(direct.slack.bot_token.expose_secret(), "xoxb-direct");
    assert_eq!(by_file.slack.bot_token.expose_secret(), "xoxb-of-the-file");
}

#[test]
fn two_variables_for_one_secret_are_one_too_many() {
    let variables =
        [("COUNTERSIGN__SLACK__BOT_TOKEN", "xoxb-x"), ("COUNTERSIGN__SLACK__BOT_TOKEN_FILE", "bot-token")];

    assert_eq!(told(Folder::new().load(SMALLEST, &variables)), "given-twice COUNTERSIGN__SLACK__BOT_TOKEN");
}
