//! `auth.test`: whose token this is.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::world::World;

pub(super) fn test(world: &mut World, _: &Arguments) -> Result<Value, Failure> {
    let workspace = &world.workspace;
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", workspace.domain),
        "team": workspace.name,
        "user": "countersign",
        "team_id": workspace.team_id,
        "user_id": world.app.bot_user_id,
        "bot_id": world.app.bot_id,
        "is_enterprise_install": false,
    });
    if let Some(enterprise) = &workspace.enterprise {
        answer["enterprise_id"] = enterprise.id.clone().into();
        answer["is_enterprise_install"] = enterprise.is_org_wide_install.into();
    }
    Ok(answer)
}
