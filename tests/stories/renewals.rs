//! What our own record knows of a person's earlier tokens, and what stands out in a request.

use countersign::simulator::github::{NewRequest, Permissions, Repositories};
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::{World, push_to_payments};

async fn asks(world: &World, new: NewRequest) {
    world.github().request_token(new).await;
    world.quiet().await;
}

/// octocat's usual token, approved by alice.
async fn with_an_approved_token() -> World {
    let world = World::start().await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world
}

#[tokio::test]
async fn the_same_again_is_said_to_add_nothing() {
    let world = with_an_approved_token().await;
    world.pass(chrono::TimeDelta::days(80)).await;

    asks(&world, push_to_payments(&world.stage.clock)).await;

    assert_snapshot!("card_renewal", world.card().on_screen());
    assert_snapshot!("card_renewal_fallback", world.card().text);
}

#[tokio::test]
async fn what_a_renewal_adds_comes_first() {
    let world = with_an_approved_token().await;

    let wider = NewRequest {
        permissions: Permissions::repository([
            ("contents", "write"),
            ("metadata", "read"),
            ("workflows", "write"),
        ]),
        repositories: Repositories::All,
        ..push_to_payments(&world.stage.clock)
    };
    asks(&world, wider).await;

    assert_snapshot!("card_renewal_that_adds", world.card().on_screen());
}

#[tokio::test]
async fn a_renewal_that_lives_longer_adds_something() {
    let world = with_an_approved_token().await;
    let wish = push_to_payments(&world.stage.clock);
    let in_days = |days: i64| Some(world.stage.clock.now() + chrono::TimeDelta::days(days));

    for (expires_at, said) in [
        (in_days(365), "; it lives 365 days instead of 90"),
        (None, "; it had an end date then"),
        (in_days(90), "; nothing added"),
    ] {
        asks(&world, NewRequest { expires_at, ..wish.clone() }).await;

        let card = world.card();
        assert!(card.on_screen().contains(&format!("on 23 Nov 2026{said}\n")), "{}", card.on_screen());
        assert!(card.text.contains(&format!("on 23 Nov 2026{said}\n")), "{}", card.text);
    }
}

#[tokio::test]
async fn of_a_large_request_the_weightiest_is_told_and_the_rest_counted() {
    let world = World::start().await;
    let permissions = (1..=40).fold(Permissions::repository([("secrets", "write")]), |all, number| {
        all.and_repository([(format!("permission_{number}").as_str(), "write")])
    });
    let large = NewRequest {
        permissions,
        repositories: Repositories::All,
        expires_at: None,
        ..push_to_payments(&world.stage.clock)
    };

    asks(&world, large).await;

    assert_snapshot!("card_large", world.card().on_screen());
    assert_snapshot!("card_large_fallback", world.card().text);
}

#[tokio::test]
async fn another_token_of_a_known_person_is_not_their_first() {
    let world = with_an_approved_token().await;

    asks(&world, NewRequest { token_name: "another".into(), ..push_to_payments(&world.stage.clock) }).await;

    let screen = world.card().on_screen();
    assert!(!screen.contains("first token") && !screen.contains("Before:"), "{screen}");
}

#[tokio::test]
async fn what_is_unusual_is_marked_worst_first_and_is_not_the_easy_choice() {
    let world = World::start().await;
    let unusual = NewRequest {
        permissions: Permissions::repository([
            ("contents", "read"),
            ("secrets", "write"),
            ("teleportation", "read"),
        ]),
        repositories: Repositories::All,
        expires_at: None,
        ..push_to_payments(&world.stage.clock)
    };

    asks(&world, unusual).await;

    assert_json_snapshot!("card_unusual", world.card().blocks);
}
