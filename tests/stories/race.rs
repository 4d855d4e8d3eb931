//! Many click at once; one decision takes effect.

use countersign::demo::APPROVALS;
use countersign::simulator::github::{MembershipState, Role};
use futures::future::join_all;

use crate::support::World;

/// Alice, monalisa and eight more may approve; each of the ten clicks twice.
#[tokio::test]
async fn twenty_clicks_of_ten_approvers_are_one_decision() {
    let more: Vec<_> = (1..=8).map(|n| (format!("approver{n}"), format!("U0APPROVER{n}"))).collect();
    let world = World::start_with(|config| {
        let people: String = more.iter().map(|(login, slack)| format!(r#", {login} = "{slack}""#)).collect();
        let members: String = more.iter().map(|(login, _)| format!(r#", "{login}""#)).collect();
        *config = config
            .replace(r#"monalisa = "U0MONALISA""#, &format!(r#"monalisa = "U0MONALISA"{people}"#))
            .replace(r#"["alice", "monalisa"]"#, &format!(r#"["alice", "monalisa"{members}]"#));
    })
    .await;
    for (login, slack) in &more {
        world.github().add_user(login);
        world.github().set_membership("acme", login, Role::Member, MembershipState::Active);
        world.slack().add_user(slack, login);
    }
    let request = world.octocat_asks().await;
    let card = world.card();
    let clickers: Vec<_> = ["U0ALICE", "U0MONALISA"]
        .into_iter()
        .map(str::to_owned)
        .chain(more.into_iter().map(|(_, id)| id))
        .collect();

    let clicks = clickers
        .iter()
        .chain(&clickers)
        .map(|user| world.slack().click(user, APPROVALS, &card.ts, "approve"));
    let answers = join_all(clicks).await;
    world.quiet().await;

    assert!(answers.into_iter().all(|answer| answer.unwrap().status.is_success()));
    assert_eq!(world.github().reviews(request).attempted, 1);
    let told: Vec<_> = clickers.iter().flat_map(|user| world.slack().ephemerals(user)).collect();
    assert_eq!(told.len(), 19);
    for told in told {
        let screen = told.on_screen();
        assert!(
            screen.contains("has just decided this") || screen.contains("already over: approved by"),
            "{screen}"
        );
    }
}
