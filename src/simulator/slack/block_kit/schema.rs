//! The blocks, elements and limits of Block Kit that Countersign may use (docs.slack.dev, block-kit reference;
//! `@slack/types` 3.2). Newer blocks are left out: older clients refuse them.

use super::rule::Rule::{AnyList, AnyText, Bool, Chars, Kind, List, Number, Object, OneOf, PlainText};
use super::rule::{Field, Rule, Shape, may, must};

/// No limit is documented for these; a whole message is smaller than that.
const UNLIMITED: usize = 40_000;
const ID: usize = 255;
const URL: usize = 3000;

const fn block_id() -> Field {
    may("block_id", Chars(ID))
}

const fn action_id() -> Field {
    may("action_id", Chars(ID))
}

const fn placeholder() -> Field {
    may("placeholder", PlainText(150))
}

const fn confirm() -> Field {
    may("confirm", Object(&CONFIRM))
}

pub(super) static MESSAGE_BLOCK: Rule =
    Kind(&[&SECTION, &RICH_TEXT, &HEADER, &DIVIDER, &ACTIONS, &CONTEXT, &IMAGE_BLOCK]);
pub(super) static MODAL_BLOCK: Rule =
    Kind(&[&SECTION, &RICH_TEXT, &HEADER, &DIVIDER, &ACTIONS, &CONTEXT, &IMAGE_BLOCK, &INPUT]);

/// A modal but for its blocks, which are checked as a list of their own.
pub(super) static MODAL: Rule = Object(&Shape::of_type(
    "modal",
    &[
        must("title", PlainText(24)),
        must("blocks", AnyList),
        may("submit", PlainText(24)),
        may("close", PlainText(24)),
        may("private_metadata", Chars(3000)),
        may("callback_id", Chars(ID)),
        may("external_id", Chars(ID)),
        may("clear_on_close", Bool),
        may("notify_on_close", Bool),
        may("submit_disabled", Bool),
    ],
));

/// The app's home but for its blocks.
pub(super) static HOME: Rule = Object(&Shape::of_type(
    "home",
    &[
        must("blocks", AnyList),
        may("private_metadata", Chars(3000)),
        may("callback_id", Chars(ID)),
        may("external_id", Chars(ID)),
    ],
));

// Blocks.

static SECTION: Shape = Shape::of_type(
    "section",
    &[
        block_id(),
        may("text", AnyText(3000)),
        may("fields", List(10, &AnyText(2000))),
        may(
            "accessory",
            Kind(&[
                &BUTTON,
                &IMAGE,
                &SELECT,
                &MULTI_SELECT,
                &OVERFLOW,
                &RADIO,
                &CHECKBOXES,
                &DATE_PICKER,
                &USERS_SELECT,
            ]),
        ),
        may("expand", Bool),
    ],
);
static RICH_TEXT: Shape = Shape::of_type(
    "rich_text",
    &[
        block_id(),
        must(
            "elements",
            List(UNLIMITED, &Kind(&[&RICH_SECTION, &RICH_LIST, &RICH_QUOTE, &RICH_PREFORMATTED])),
        ),
    ],
);
static HEADER: Shape = Shape::of_type("header", &[block_id(), must("text", PlainText(150))]);
static DIVIDER: Shape = Shape::of_type("divider", &[block_id()]);
static ACTIONS: Shape = Shape::of_type(
    "actions",
    &[
        block_id(),
        must(
            "elements",
            List(
                25,
                &Kind(&[
                    &BUTTON,
                    &SELECT,
                    &MULTI_SELECT,
                    &OVERFLOW,
                    &RADIO,
                    &CHECKBOXES,
                    &DATE_PICKER,
                    &USERS_SELECT,
                ]),
            ),
        ),
    ],
);
static CONTEXT: Shape = Shape::of_type(
    "context",
    &[block_id(), must("elements", List(10, &Kind(&[&IMAGE, &PLAIN_TEXT, &MRKDWN])))],
);
static IMAGE_BLOCK: Shape = Shape::of_type(
    "image",
    &[
        block_id(),
        must("alt_text", Chars(2000)),
        must("image_url", Chars(URL)),
        may("title", PlainText(2000)),
    ],
);
static INPUT: Shape = Shape::of_type(
    "input",
    &[
        block_id(),
        must("label", PlainText(2000)),
        must(
            "element",
            Kind(&[&TEXT_INPUT, &SELECT, &MULTI_SELECT, &RADIO, &CHECKBOXES, &DATE_PICKER, &USERS_SELECT]),
        ),
        may("hint", PlainText(2000)),
        may("optional", Bool),
        may("dispatch_action", Bool),
    ],
);

// Elements.

static BUTTON: Shape = Shape::of_type(
    "button",
    &[
        must("text", PlainText(75)),
        action_id(),
        may("value", Chars(2000)),
        may("url", Chars(URL)),
        may("style", OneOf(&["primary", "danger"])),
        may("accessibility_label", Chars(75)),
        confirm(),
    ],
);
static IMAGE: Shape =
    Shape::of_type("image", &[must("alt_text", Chars(2000)), must("image_url", Chars(URL))]);
static SELECT: Shape = Shape::of_type(
    "static_select",
    &[
        action_id(),
        placeholder(),
        must("options", List(100, &Object(&OPTION))),
        may("initial_option", Object(&OPTION)),
        may("focus_on_load", Bool),
        confirm(),
    ],
);
static MULTI_SELECT: Shape = Shape::of_type(
    "multi_static_select",
    &[
        action_id(),
        placeholder(),
        must("options", List(100, &Object(&OPTION))),
        may("initial_options", List(100, &Object(&OPTION))),
        may("max_selected_items", Number),
        may("focus_on_load", Bool),
        confirm(),
    ],
);
static OVERFLOW: Shape = Shape::of_type(
    "overflow",
    &[action_id(), must("options", List(5, &Object(&OVERFLOW_OPTION))), confirm()],
);
static RADIO: Shape = Shape::of_type(
    "radio_buttons",
    &[
        action_id(),
        must("options", List(10, &Object(&MARKED_OPTION))),
        may("initial_option", Object(&MARKED_OPTION)),
        may("focus_on_load", Bool),
        confirm(),
    ],
);
static CHECKBOXES: Shape = Shape::of_type(
    "checkboxes",
    &[
        action_id(),
        must("options", List(10, &Object(&MARKED_OPTION))),
        may("initial_options", List(10, &Object(&MARKED_OPTION))),
        may("focus_on_load", Bool),
        confirm(),
    ],
);
static DATE_PICKER: Shape = Shape::of_type(
    "datepicker",
    &[action_id(), placeholder(), may("initial_date", Chars(10)), may("focus_on_load", Bool), confirm()],
);
static USERS_SELECT: Shape = Shape::of_type(
    "users_select",
    &[action_id(), placeholder(), may("initial_user", Chars(ID)), may("focus_on_load", Bool), confirm()],
);
static TEXT_INPUT: Shape = Shape::of_type(
    "plain_text_input",
    &[
        action_id(),
        placeholder(),
        may("initial_value", Chars(3000)),
        may("multiline", Bool),
        may("min_length", Number),
        may("max_length", Number),
        may("focus_on_load", Bool),
    ],
);

// Parts.

static CONFIRM: Shape = Shape::plain(&[
    must("title", PlainText(100)),
    must("text", PlainText(300)),
    must("confirm", PlainText(30)),
    must("deny", PlainText(30)),
    may("style", OneOf(&["primary", "danger"])),
]);
// `@slack/types` gives 75 characters for a value, the Python SDK 150; the smaller one is safe with both.
static OPTION: Shape =
    Shape::plain(&[must("text", PlainText(75)), must("value", Chars(75)), may("description", PlainText(75))]);
static OVERFLOW_OPTION: Shape = Shape::plain(&[
    must("text", PlainText(75)),
    must("value", Chars(75)),
    may("description", PlainText(75)),
    may("url", Chars(URL)),
]);
static MARKED_OPTION: Shape =
    Shape::plain(&[must("text", AnyText(75)), must("value", Chars(75)), may("description", AnyText(75))]);
static PLAIN_TEXT: Shape = Shape::of_type("plain_text", &[must("text", Chars(3000)), may("emoji", Bool)]);
static MRKDWN: Shape = Shape::of_type("mrkdwn", &[must("text", Chars(3000)), may("verbatim", Bool)]);

// Rich text.

static RICH_SECTION: Shape =
    Shape::of_type("rich_text_section", &[must("elements", List(UNLIMITED, &RICH_ELEMENT))]);
static RICH_LIST: Shape = Shape::of_type(
    "rich_text_list",
    &[
        must("style", OneOf(&["bullet", "ordered"])),
        must("elements", List(UNLIMITED, &Kind(&[&RICH_SECTION]))),
        may("indent", Number),
        may("offset", Number),
        may("border", Number),
    ],
);
static RICH_QUOTE: Shape = Shape::of_type(
    "rich_text_quote",
    &[must("elements", List(UNLIMITED, &RICH_ELEMENT)), may("border", Number)],
);
static RICH_PREFORMATTED: Shape = Shape::of_type(
    "rich_text_preformatted",
    &[must("elements", List(UNLIMITED, &Kind(&[&RICH_RUN, &RICH_LINK]))), may("border", Number)],
);
static RICH_ELEMENT: Rule = Kind(&[
    &RICH_RUN,
    &RICH_LINK,
    &RICH_USER,
    &RICH_USERGROUP,
    &RICH_CHANNEL,
    &RICH_BROADCAST,
    &RICH_EMOJI,
    &RICH_DATE,
    &RICH_COLOR,
]);
static STYLE: Shape =
    Shape::plain(&[may("bold", Bool), may("italic", Bool), may("strike", Bool), may("code", Bool)]);

const fn style() -> Field {
    may("style", Object(&STYLE))
}

static RICH_RUN: Shape = Shape::of_type("text", &[must("text", Chars(UNLIMITED)), style()]);
static RICH_LINK: Shape = Shape::of_type(
    "link",
    &[must("url", Chars(URL)), may("text", Chars(UNLIMITED)), may("unsafe", Bool), style()],
);
static RICH_USER: Shape = Shape::of_type("user", &[must("user_id", Chars(ID)), style()]);
static RICH_USERGROUP: Shape = Shape::of_type("usergroup", &[must("usergroup_id", Chars(ID)), style()]);
static RICH_CHANNEL: Shape = Shape::of_type("channel", &[must("channel_id", Chars(ID)), style()]);
static RICH_BROADCAST: Shape =
    Shape::of_type("broadcast", &[must("range", OneOf(&["here", "channel", "everyone"])), style()]);
static RICH_EMOJI: Shape = Shape::of_type(
    "emoji",
    &[must("name", Chars(ID)), may("unicode", Chars(ID)), may("skin_tone", Number), style()],
);
static RICH_DATE: Shape = Shape::of_type(
    "date",
    &[
        must("timestamp", Number),
        must("format", Chars(ID)),
        may("url", Chars(URL)),
        may("fallback", Chars(ID)),
        style(),
    ],
);
static RICH_COLOR: Shape = Shape::of_type("color", &[must("value", Chars(ID)), style()]);
