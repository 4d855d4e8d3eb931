//! A headless Chromium on the demo's page, driven over WebDriver as a person would: by what is to be seen.

mod driver;
mod log;
mod session;

use std::path::Path;

use countersign::demo::page;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::World;
use driver::Driver;
use session::{Element, Session};

/// Waits until the words can be read; what is hidden can't. Looking again is the browser's work, not ours.
const SEES: &str = "const [words, done] = arguments;
    const look = () => document.body.innerText.includes(words) ? done(true) : setTimeout(look, 20);
    look();";

/// Waits until nothing matches.
const LACKS: &str = "const [selector, done] = arguments;
    const look = () => document.querySelector(selector) ? setTimeout(look, 20) : done(true);
    look();";

/// Waits until something is there that can be pressed, and is not behind a dialog.
const FINDS: &str = "const [path, done] = arguments;
    const all = () => document.evaluate(path, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    const isOpen = (one) => one.checkVisibility() && !one.disabled
        && ([...document.querySelectorAll('dialog[open]')].at(-1)?.contains(one) ?? true);
    const look = () => {
        const found = all();
        const nodes = Array.from({ length: found.snapshotLength }, (_, place) => found.snapshotItem(place));
        const last = nodes.filter(isOpen).at(-1);
        last ? done(last) : setTimeout(look, 20);
    };
    look();";

/// What does not fit the screen, by name.
const MEASURES: &str = "
    const isIn = ({ left, right, top, bottom }) =>
        left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
    const wide = [document.documentElement, ...document.querySelectorAll('.scroll, .body')]
        .filter((one) => one.scrollWidth > one.clientWidth);
    const out = [...document.querySelectorAll('dialog')].filter((one) => !isIn(one.getBoundingClientRect()));
    return [...wide, ...out].map((one) => one.tagName + ' ' + one.className);";

/// How much of the modal can't be seen without scrolling.
const HIDDEN: &str = "
    const parts = [...document.querySelectorAll('dialog[open], dialog[open] *')];
    return Math.max(...parts.map((one) => one.scrollHeight - one.clientHeight)
        .filter((_, place) => ['auto', 'scroll'].includes(getComputedStyle(parts[place]).overflowY)), 0);";

/// A story that takes longer is stuck.
const PATIENCE_MS: u64 = 60_000;

/// What the page is looked at with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    Desktop,
    Phone,
    /// As wide, and so long that a modal is seen whole: for pictures.
    LongDesktop,
    LongPhone,
}

impl Screen {
    fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 800),
            Self::Phone => (390, 844),
            Self::LongDesktop => (1280, 1160),
            Self::LongPhone => (390, 1440),
        }
    }
}

/// An open page.
pub(crate) struct Browser {
    session: Session,
    screen: Screen,
    base: String,
    _driver: Driver,
}

impl Browser {
    /// Opens the page of a world, looked at by octocat; `None`, and a line that says so, where there is no browser.
    ///
    /// # Panics
    /// Under `CI=true`, where nothing may be skipped.
    pub(crate) async fn open(world: &World, screen: Screen) -> Option<Self> {
        let mut driver = Driver::start()?;
        let base = serve_page(world).await;
        let session = Session::start(&driver.url, capabilities(screen)).await.expect("Chromium starts");
        driver.session = Some(session.id.clone());
        let browser = Self { session, screen, base, _driver: driver };
        browser.session.go_to(&browser.base).await.expect("the page loads");
        browser.sees("not an approver").await;
        Some(browser)
    }

    /// Takes the place of somebody of the cast.
    pub(crate) async fn become_person(&self, login: &str) {
        self.press_at(&format!("//button[@data-person='{login}']")).await;
        self.finds(&format!("//button[@data-person='{login}'][@aria-pressed='true']")).await;
    }

    /// Presses the last button that says exactly this.
    pub(crate) async fn press(&self, words: &str) {
        self.press_at(&format!("//button[normalize-space(.)={}]", quoted(words))).await;
    }

    /// Presses the last thing at an XPath, once it can be pressed.
    pub(crate) async fn press_at(&self, path: &str) {
        let element = self.finds(path).await;
        self.session.click(&element).await.unwrap_or_else(|error| panic!("pressing {path}: {error}"));
    }

    /// Looks at a conversation of Slack by its name on the tab.
    pub(crate) async fn look_at(&self, tab: &str) {
        self.press_at(&format!("//*[@id='channels']/button[starts-with(normalize-space(.), '{tab}')]")).await;
    }

    /// Types over what stands in a field of the form or modal, by the field's name or block.
    pub(crate) async fn type_into(&self, name: &str, text: &str) {
        let path = format!(
            "//*[@name='{name}' or @data-block='{name}' or @id='{name}'][self::input or self::textarea]"
        );
        let field = self.finds(&path).await;
        self.session.clear(&field).await.expect("it can be cleared");
        self.session.type_into(&field, text).await.expect("it can be typed into");
    }

    /// Chooses an option of a select by its words, typed as with the keyboard.
    pub(crate) async fn choose(&self, name: &str, option: &str) {
        let path = format!("//select[@name='{name}' or @data-block='{name}']");
        let select = self.finds(&path).await;
        self.session.type_into(&select, option).await.expect("it can be typed into");
    }

    /// Returns once the words can be read.
    pub(crate) async fn sees(&self, words: &str) {
        let seen = self.session.wait_for(SEES, words).await;
        if let Err(error) = seen {
            panic!("{words:?} never came: {error}\non the page:\n{}", self.text().await);
        }
    }

    /// Returns once nothing on the page matches a CSS selector.
    pub(crate) async fn lacks(&self, selector: &str) {
        let gone = self.session.wait_for(LACKS, selector).await;
        gone.unwrap_or_else(|error| panic!("{selector} never went: {error}"));
    }

    /// All that can be read at this moment.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a script on the page gives.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.session.run(script).await.expect("the script runs")
    }

    async fn finds(&self, path: &str) -> Element {
        match self.session.wait_for(FINDS, path).await {
            Ok(found) => Element::given(&found).expect("an element"),
            Err(error) => panic!("nothing to press at {path}: {error}\non the page:\n{}", self.text().await),
        }
    }

    /// Nothing is wider than the screen, and no dialog higher.
    pub(crate) async fn fits(&self) {
        let measured = self.run(MEASURES).await;
        assert_eq!(measured, json!([]), "it does not fit");
    }

    /// Takes a picture for the README; kept where `COUNTERSIGN_SCREENSHOTS` is set, looked over everywhere.
    pub(crate) async fn takes_picture(&self, name: &str) {
        self.fits().await;
        let picture = self.session.picture().await.expect("a picture");
        let (width, height) = self.screen.size();
        // PNG (W3C, 11.2.2 IHDR): width and height stand in bytes 16 to 23.
        assert_eq!(picture[16..24], [width.to_be_bytes(), height.to_be_bytes()].concat(), "its size");
        assert!((10_000..200_000).contains(&picture.len()), "{} bytes", picture.len());
        if std::env::var_os("COUNTERSIGN_SCREENSHOTS").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
            std::fs::create_dir_all(&folder).expect("the repository can be written");
            std::fs::write(folder.join(format!("{name}.png")), picture)
                .expect("the repository can be written");
        }
    }

    /// The same of a modal that is shown whole: a picture cuts nothing off.
    pub(crate) async fn takes_picture_of_all(&self, name: &str) {
        let hidden = self.run(HIDDEN).await;
        assert_eq!(hidden, json!(0), "so many pixels of the modal are not on the screen");
        self.takes_picture(name).await;
    }

    /// Nothing went wrong in the page, and it talked to the demo alone.
    pub(crate) async fn is_clean(&self) {
        let complaints = self.session.log("browser").await.expect("the console can be read");
        assert_eq!(complaints, json!([]), "the console is not empty");
        let events = self.session.log("performance").await.expect("the traffic can be read");
        let asked = log::requested(&events);
        assert!(asked.iter().any(|url| url.ends_with("/changes")), "no traffic is on record: {asked:?}");
        let elsewhere: Vec<_> = asked.iter().filter(|url| !url.starts_with(&self.base)).collect();
        assert!(elsewhere.is_empty(), "the page asked elsewhere: {elsewhere:?}");
    }
}

/// Serves the page of a world and gives its address.
pub(crate) async fn serve_page(world: &World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(page::serve(world.stage.clone(), listener));
    format!("http://{address}")
}

fn capabilities(screen: Screen) -> Value {
    let (width, height) = screen.size();
    let is_phone = matches!(screen, Screen::Phone | Screen::LongPhone);
    let metrics =
        json!({"width": width, "height": height, "pixelRatio": 1, "touch": is_phone, "mobile": is_phone});
    let mut arguments = vec![
        "--headless=new",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-proxy-server",
        "--hide-scrollbars",
        "--lang=en",
    ];
    if driver::is_root() {
        // Chromium's sandbox refuses to be started by root.
        arguments.push("--no-sandbox");
    }
    json!({
        "browserName": "chrome",
        "timeouts": {"script": PATIENCE_MS},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "goog:chromeOptions": {"args": arguments, "mobileEmulation": {"deviceMetrics": metrics}},
    })
}

/// A string for XPath 1.0, which knows no escapes.
fn quoted(words: &str) -> String {
    if words.contains('\'') { format!("\"{words}\"") } else { format!("'{words}'") }
}
