//! Secrets come in, and never out again.

use super::*;

#[test]
fn a_secret_given_directly_and_in_a_file_is_one_too_many() {
    let text = edited("bot_token_file", "bot_token = \"xoxb-hunter2\"\nbot_token_file");

    assert_eq!(told(load(&text)), "given-twice slack.bot_token");
}

#[test]
fn a_file_that_is_not_there_or_empty_is_a_mistake() {
    let folder = Folder::new();
    folder.put("signing-secret", "\n");
    let text = edited("\"webhook-secret\"", "\"nowhere\"");

    assert_eq!(
        told(folder.load(&text, &[])),
        "unreadable-file github.webhook_secret_file\nempty-secret slack.signing_secret_file"
    );
}

#[test]
fn secrets_of_the_wrong_kind_are_refused() {
    let folder = Folder::new();
    let whole = PRIVATE_KEY.as_str();
    let cut = whole.lines().take(8).chain(whole.lines().last()).collect::<Vec<_>>().join("\n");
    folder.put("github-app.pem", &cut);
    folder.put("bot-token", "xoxp-hunter2");
    folder.put("app-token", "xoxb-hunter2");
    folder.put("encryption-key", "hunter2");
    let text = edited("bot_token_file", "app_token_file = \"app-token\"\nbot_token_file");

    assert_eq!(
        told(folder.load(&format!("encryption_key_file = \"encryption-key\"\n{text}"), &[])),
        "wrong-value encryption_key_file\n\
         wrong-value github.private_key_file\n\
         wrong-value slack.bot_token_file\n\
         wrong-value slack.app_token_file"
    );
}

#[test]
fn a_token_must_fit_into_a_header() {
    for token in ["xoxb-", "xoxb-a b", "xoxb-a\nb", "xoxb-ä"] {
        let told = told(Folder::new().load(SMALLEST, &[("COUNTERSIGN__SLACK__BOT_TOKEN", token)]));
        assert_eq!(told, "wrong-value COUNTERSIGN__SLACK__BOT_TOKEN", "{token:?}");
    }
    let rotating = [("COUNTERSIGN__SLACK__BOT_TOKEN", "xoxe.xoxb-1")];
    assert!(Folder::new().load(SMALLEST, &rotating).is_ok());
}

#[test]
fn what_is_read_prints_no_secret() {
    let text = with_top("encryption_key_file = \"encryption-key\"");
    let printed = format!("{:?}", load(&text).unwrap());

    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!printed.contains(ENCRYPTION_KEY), "{printed}");
    assert!(!printed.contains(PRIVATE_KEY.lines().nth(3).unwrap()), "{printed}");
}

/// Wherever a secret is written by mistake as a value, no message repeats it.
#[test]
fn mistakes_repeat_no_value() {
    let keys =
        ["listen", "public_url", "encryption_key", "encryption_key_file", "database.url", "log.format"];
    let github =
        ["private_key", "private_key_file", "webhook_secret_file", "api_url", "api_version", "act_as"];
    let slack = ["app_id", "bot_token", "app_token", "signing_secret_file", "command", "operators_channel"];
    let lines =
        |keys: &[&str]| keys.iter().map(|key| format!("{key} = \"hunter2:hunter2@\"\n")).collect::<String>();
    let text = format!("{}[github]\n{}[slack]\n{}", lines(&keys), lines(&github), lines(&slack));

    let mistakes = load(&text).unwrap_err();

    assert!(mistakes.iter().count() > keys.len() + github.len() + slack.len() - 4, "{mistakes}");
    assert!(!format!("{mistakes}{mistakes:?}").contains("hunter2"), "{mistakes}");
}
