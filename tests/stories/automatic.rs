//! Rules that decide alone: only where that is switched on.

use countersign::demo::APPROVALS;
use countersign::ids::RequestId;

use crate::audit_log;
use crate::support::World;

async fn world(automatic: &str) -> World {
    World::start_with(|config| config.push_str(&format!("\n[policy]\nautomatic = \"{automatic}\"\n"))).await
}

/// How often rules were asked, and what came of it.
async fn asked(world: &World) -> Vec<String> {
    let told = audit_log::told(world).await;
    told.lines().filter_map(|line| line.strip_prefix("rules.asked by service: ")).map(str::to_owned).collect()
}

/// People are asked: a card with buttons stands, and GitHub has heard nothing.
fn is_left_to_people(world: &World, request: RequestId) {
    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
}

#[tokio::test]
async fn switched_off_no_rule_is_asked() {
    let world = world("off").await;

    let request = world.octocat_asks().await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn where_there_is_no_rule_people_decide() {
    for automatic in ["announce", "on"] {
        let world = world(automatic).await;

        let request = world.octocat_asks().await;

        is_left_to_people(&world, request);
        assert_eq!(asked(&world).await, ["people: no rule decides it"]);
        world.press("U0ALICE", "approve").await;
        assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
    }
}
