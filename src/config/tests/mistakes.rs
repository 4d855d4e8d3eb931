//! Every kind of mistake, and all of them at once.

use super::*;
use crate::ids::Login;

#[test]
fn an_empty_file_is_told_everything_it_lacks() {
    assert_eq!(
        told(load("")),
        "missing github.app_id\n\
         missing github.private_key\n\
         missing slack.app_id\n\
         missing slack.signing_secret\n\
         missing slack.bot_token"
    );
}

#[test]
fn a_file_that_is_not_there_is_told() {
    assert_eq!(
        told(Config::load(std::path::Path::new("/nowhere/countersign.toml"), [])),
        "unreadable-file /nowhere/countersign.toml"
    );
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    let text = with_top("lisen = \"x\"\ntiming.leese = \"1s\"")
        .replace("{ channel = \"C0APPROVALS\" }", "{ channel = \"C0APPROVALS\", repository = [\"x\"] }");

    let mistakes = load(&text).unwrap_err();

    let cures: Vec<_> =
        mistakes.iter().map(|mistake| (mistake.key.as_str(), mistake.cure.as_str())).collect();
    assert_eq!(
        cures,
        [
            ("route[0].repository", "did you mean repositories?"),
            ("timing.leese", "did you mean lease?"),
            ("lisen", "did you mean listen?"),
        ]
    );
    assert!(mistakes.iter().all(|mistake| mistake.code == "unknown-key"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = r#"
        listen = 3000
        log = "json"
        route = [{ channel = "approvals", approvers = ["approvrs", 5], repositories = [] }, 7]
        require = { approvals = 1 }
        [people]
        alice = "alice"
        "not a login" = "U0X"
        carol = { github_id = 0, name = "Carol" }
        [groups.approvers]
        members = ["alice", "alicia", "slack:bob", "team:x"]
        [groups.empty]
        members = []
        [groups.none]
    "#;

    assert_eq!(
        told(load(&format!("{text}{}", &SMALLEST[SMALLEST.find("[github]").unwrap()..]))),
        "wrong-value listen\n\
         wrong-value log\n\
         wrong-value people.alice\n\
         missing people.carol.slack\n\
         wrong-value people.carol.github_id\n\
         unknown-key people.carol.name\n\
         wrong-value people.\"not a login\"\n\
         unknown-person groups.approvers.members[1]\n\
         wrong-value groups.approvers.members[2]\n\
         wrong-value groups.approvers.members[3]\n\
         empty-list groups.empty.members\n\
         missing groups.none.members\n\
         wrong-value route[1]\n\
         empty-list route[0].repositories\n\
         wrong-value route[0].channel\n\
         unknown-group route[0].approvers[0]\n\
         wrong-value route[0].approvers[1]\n\
         wrong-value require"
    );
}

#[test]
fn a_message_says_where_what_the_cure_and_the_code() {
    let mistakes = load(&edited("C0APPROVALS", "general")).unwrap_err();

    insta::assert_snapshot!(mistakes, @"
    The configuration has 1 mistake:
      route[0].channel: it is not a channel id; copy the channel's id from its details in Slack, such as C0APPROVALS; a name can change [wrong-value]
    ");
}

#[test]
fn an_unknown_group_or_person_names_the_nearest_known_one() {
    let text = edited("channel = \"C0APPROVALS\"", "channel = \"C0APPROVALS\", approvers = [\"aprovers\"]")
        .replace("\"bob\"]", "\"rob\"]");

    let mistakes = load(&text).unwrap_err();

    let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "groups.approvers.members[1]: rob is not in [people]; did you mean bob? [unknown-person]",
            "route[0].approvers[0]: there is no group aprovers; did you mean approvers? [unknown-group]",
        ]
    );
}

#[test]
fn a_route_without_approvers_needs_the_group_of_that_name() {
    let text = edited("groups.approvers.members", "groups.security.members");

    assert_eq!(told(load(&text)), "unknown-group route[0].approvers");
}

#[test]
fn people_are_linked_one_to_one() {
    let people = r#"people = { alice = "U0ALICE", bob = { slack = "U0BOB", github_id = 7 }, carol = { slack = "U0CAROL", github_id = 7 }, dave = "U0DAVE", erin = "U0ALICE", DAVE = "U0OTHER" }"#;
    let text = edited(r#"people = { alice = "U0ALICE", bob = "U0BOB" }"#, people);

    assert_eq!(
        told(load(&text)),
        "linked-twice people.carol\ngiven-twice people.dave\nlinked-twice people.erin"
    );
}

#[test]
fn groups_are_the_same_in_any_case() {
    assert_eq!(
        told(load(&with_table("[groups.Approvers]\nmembers = [\"alice\"]"))),
        "given-twice groups.approvers"
    );
    let text = edited("channel = \"C0APPROVALS\"", "channel = \"C0APPROVALS\", approvers = [\"Approvers\"]");
    assert_eq!(load(&text).unwrap().rulebook.routing.routes[0].approvers, ["approvers"]);
}

#[test]
fn times_that_contradict_each_other_are_refused() {
    let text = with_table("[timing]\nretry_first = \"6m\"\nmembership_max_age = \"61s\"\nlease = \"900ms\"");

    assert_eq!(
        told(load(&text)),
        "out-of-range timing.lease\n\
         out-of-range timing.retry_first\n\
         out-of-range timing.membership_max_age"
    );
}

#[test]
fn an_attempt_ends_well_before_the_lease_whatever_is_configured() {
    for (timing, attempt) in [
        ("", 10_000),
        ("lease = \"3s\"", 2_400),
        ("lease = \"1s\"\ngithub_timeout = \"1h\"", 800),
        ("lease = \"1h\"\ngithub_timeout = \"700ms\"", 700),
    ] {
        let timing = load(&with_table(&format!("[timing]\n{timing}"))).unwrap().timing;

        assert_eq!(timing.attempt().num_milliseconds(), attempt);
        assert!(timing.attempt() < timing.lease);
    }
}

#[test]
fn what_would_change_who_may_decide_is_refused_until_it_exists() {
    for (from, to, key) in [
        ("app_id = 123456", "app_id = 1\nact_as = \"approver\"", "github.act_as"),
        ("app_id = \"A0COUNTER\"", "app_id = \"A0COUNTER\"\ntransport = \"socket\"", "slack.transport"),
    ] {
        assert_eq!(told(load(&edited(from, to))), format!("not-built-yet {key}"));
    }
}

#[test]
fn one_approval_from_anybody_is_what_every_request_needs_anyway() {
    let config = load(&with_table("[[require]]\npermissions = [\"*:admin\"]")).unwrap();

    assert_eq!(config.rulebook.routing.requirements[0].approvals, 1);
}

#[test]
fn a_requirement_names_people_and_groups() {
    let text = with_table(
        "[[require]]\napprovals = 2\none_from_each = [\"approvers\", \"Leads\"]\n[groups.leads]\nmembers = [\"bob\"]",
    );

    let config = load(&text).unwrap();

    assert_eq!(config.rulebook.routing.requirements[0].approvals, 2);
    assert_eq!(config.rulebook.routing.requirements[0].one_from_each, ["approvers", "leads"]);
    assert_eq!(config.notices, []);
}

#[test]
fn a_number_of_approvals_has_bounds() {
    let told_for =
        |approvals: &str| told(load(&with_table(&format!("[[require]]\napprovals = {approvals}"))));

    assert_eq!(told_for("0"), "wrong-value require[0].approvals");
    assert_eq!(told_for("21"), "out-of-range require[0].approvals");
    assert_eq!(told_for("5000000000"), "out-of-range require[0].approvals");
}

#[test]
fn a_requirement_that_can_never_be_met_is_a_mistake() {
    let table = |require: &str| {
        with_table(&format!(
            "[groups.leads]\nmembers = [\"alice\"]\n[groups.one]\nmembers = [\"alice\"]\n{require}"
        ))
    };
    for (require, key) in [
        ("[[require]]\napprovals = 3", "never-met require[0].approvals"),
        ("[[require]]\none_from_each = [\"leads\", \"one\"]", "never-met require[0].one_from_each"),
        ("[[require]]\none_from_each = [\"leads\", \"leads\"]", "given-twice require[0].one_from_each"),
        ("[[require]]\none_from_each = []", "empty-list require[0].one_from_each"),
        ("[[require]]\none_from_each = [\"ledas\"]", "unknown-group require[0].one_from_each[0]"),
    ] {
        assert_eq!(told(load(&table(require))), key, "{require}");
    }
    // Alice stands for the leads, and bob for the approvers.
    assert!(load(&table("[[require]]\napprovals = 2\none_from_each = [\"leads\", \"approvers\"]")).is_ok());
}

#[test]
fn what_only_some_requests_could_never_meet_is_worth_a_word() {
    let text = edited(
        "route  = [",
        "route  = [{ channel = \"C0ONE\", organization = \"x\", approvers = [\"one\"] }, ",
    ) + "[groups.one]\nmembers = [\"alice\"]\n[groups.two]\nmembers = [\"alice\"]\n\
           [[require]]\napprovals = 2\n\
           [[require]]\none_from_each = [\"one\"]\n[[require]]\none_from_each = [\"two\"]\n";

    let config = load(&text).unwrap();

    let keys: Vec<_> = config.notices.iter().map(|notice| notice.key.as_str()).collect();
    assert_eq!(keys, ["route[0].approvers", "require"]);
}

#[test]
fn empty_lists_that_would_match_nothing_are_refused() {
    let text = edited("app_id = 123456", "app_id = 1\norganizations = []")
        + "\n[[require]]\npermissions = []\n[repository_groups]\npayments = []\n[policy]\nwithout = []\n";

    assert_eq!(
        told(load(&text)),
        "empty-list github.organizations\n\
         empty-list require[0].permissions\n\
         empty-list repository_groups.payments"
    );
}

#[test]
fn a_machines_owner_must_be_known() {
    assert_eq!(told(load(&with_table("[machines]\nhubot = \"carol\""))), "unknown-person machines.hubot");
}

#[test]
fn a_machine_is_nobody_else() {
    let text = edited(r#"bob = "U0BOB""#, r#"bob = { slack = "U0BOB", github_id = 7 }"#)
        + r#"
        [machines]
        Bob = "alice"
        "no login" = "alice"
        hubot = { owner = "alice", github_id = 501 }
        HUBOT = "bob"
        robot = { owner = "alice", github_id = 501 }
        botto = { owner = "alice", github_id = 7 }
        otto = { github_id = 0, number = 5 }
        ok = { owner = "bob" }
        "#;

    let mistakes = load(&text).unwrap_err();

    insta::assert_snapshot!(mistakes.to_string());
}

#[test]
fn a_machine_counts_as_its_owner() {
    let config = load(&with_table("[machines]\nDeploy-Bot = \"alice\"")).unwrap();

    assert_eq!(config.rulebook.machines[&Login::new("deploy-bot")].owner, Login::new("alice"));
}

#[test]
fn half_a_sign_in_is_off_and_every_missing_key_is_named() {
    let config = load(&with_top("public_url = \"https://countersign.example.com\"")).unwrap();

    assert!(config.sign_in.is_none());
    let keys: Vec<_> = config.notices.iter().map(|notice| notice.key.as_str()).collect();
    assert_eq!(keys, ["github.client_id", "github.client_secret", "slack.client_id", "slack.client_secret"]);
}

#[test]
fn an_id_of_sign_in_without_its_secret_is_a_mistake() {
    for (key, missing) in [
        ("client_id = \"Iv1.x\"", "github.client_secret"),
        ("client_secret_file = \"github-client-secret\"", "github.client_id"),
    ] {
        let text = edited("app_id = 123456", &format!("app_id = 123456\n{key}"));

        assert_eq!(told(load(&text)), format!("missing {missing}"));
    }
}

#[test]
fn a_whole_sign_in_is_one() {
    let text = with_top("public_url = \"http://localhost:3000/\"")
        .replace(
            "app_id = 123456",
            "app_id = 123456\nclient_id = \"Iv1.x\"\nclient_secret_file = \"github-client-secret\"",
        )
        .replace(
            "app_id = \"A0COUNTER\"",
            "app_id = \"A0COUNTER\"\nclient_id = \"1.2\"\nclient_secret_file = \"slack-client-secret\"",
        );

    let sign_in = load(&text).unwrap().sign_in.unwrap();

    assert_eq!(sign_in.public_url.as_str(), "http://localhost:3000/");
    assert_eq!((sign_in.github.id.as_str(), sign_in.slack.id.as_str()), ("Iv1.x", "1.2"));
    assert!(!format!("{sign_in:?}").contains("hunter2"));
    assert!(load(SMALLEST).unwrap().sign_in.is_none());
}

#[test]
fn only_policies_that_there_are_can_be_switched_off() {
    let without = |names: &str| load(&with_table(&format!("[policy]\nwithout = {names}")));

    assert_eq!(without("[\"own-request\"]").unwrap().rulebook.policy.without, ["own-request"]);
    assert_eq!(told(without("[\"own-request\", \"own-requests\"]")), "unknown-policy policy.without[1]");
}

fn with_policies(folder: &Folder, files: &[(&str, &str)]) -> Result<Config, Mistakes> {
    fs::create_dir(folder.0.path().join("rules")).unwrap();
    files.iter().for_each(|(name, text)| drop(folder.put(&format!("rules/{name}"), text)));
    folder.load(&with_table("[policy]\ndirectory = \"rules\""), &[])
}

#[test]
fn the_policies_of_a_folder_are_read_in_the_order_of_their_names() {
    let one =
        |id: &str| format!("@id(\"{id}\") forbid (principal is User, action == Action::\"deny\", resource);");
    let folder = Folder::new();
    let config =
        with_policies(&folder, &[("b.cedar", &one("b")), ("a.cedar", &one("a")), ("notes.txt", "no policy")])
            .unwrap();

    let names = config.rulebook.policy.files.iter().map(|file| file.name.as_str());
    assert_eq!(Vec::from_iter(names), ["rules/a.cedar", "rules/b.cedar"]);
    assert_eq!(config.sources.now(), *config.sources.then());
}

#[test]
fn mistakes_in_policies_are_told_with_all_others() {
    let text = "\n@id(\"x\") forbid (principal in Group::\"aprovers\", action, resource);";

    assert_eq!(
        told(with_policies(&Folder::new(), &[("a.cedar", text), ("b.cedar", "permit")])),
        "policy-syntax rules/b.cedar:1\nunknown-group rules/a.cedar:2"
    );
    assert_eq!(
        told(load(&with_table("[policy]\ndirectory = \"nowhere\"\nwithout = [\"x\"]"))),
        "unknown-policy policy.without[0]\nunreadable-file policy.directory"
    );
}
