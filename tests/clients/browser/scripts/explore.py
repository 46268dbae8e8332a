"""Somebody who explores impact in the Neo4j Browser, in a real Chromium.  ``explore.py JSON`` says what they saw, as JSON.

Given: the Browser's URL, Bolt's address, the URL that the CMDB serves the Browser's files under, the CI to fail, the title of the
favourite to run, where the picture goes, and a folder for Chromium's profile.
"""

import json
import sys

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
PATIENCE = 30_000
SETTLING = 6_000
"""Milliseconds until the nodes have found their places."""
DROP = """
async (url) => {
  const bytes = await (await fetch(url)).blob();
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "favourites.zip"));
  document.querySelector(".filedrop").dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true}));
}
"""
SAVED = "() => JSON.parse(localStorage.getItem('neo4j.documents') || '[]').filter((one) => !one.isStatic).map((one) => one.content)"
SHADE = "(element) => getComputedStyle(element).backgroundColor"


def connect(page: Page, bolt: str) -> None:
    """Connect without a password."""
    page.get_by_test_id("connect").wait_for(timeout=PATIENCE)
    page.get_by_test_id("bolt-scheme-select").select_option("bolt://")
    page.get_by_test_id("boltaddress").fill(bolt)
    page.get_by_test_id("authenticationMethod").select_option(label="No authentication")
    page.get_by_test_id("connect").click()
    page.get_by_test_id("connect").wait_for(state="detached", timeout=PATIENCE)


def run(page: Page, text: str, shows: str) -> None:
    """Run something in the editor; returns when the newest frame shows that."""
    page.get_by_test_id("activeEditor").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.wait_for_timeout(300)
    page.get_by_test_id("editor-Run").click()
    page.get_by_test_id("frame").first.get_by_text(shows).first.wait_for(timeout=PATIENCE)


def explore(page: Page, wish: dict[str, str]) -> dict[str, object]:
    """Load everything, break something, and look."""
    page.goto(wish["browser"], wait_until="domcontentloaded", timeout=PATIENCE)
    connect(page, wish["bolt"])
    run(page, f":play {wish['files']}/guide", "Impact analysis with dc-sim")
    run(page, f":style {wish['files']}/style.grass", "relationship.DEPENDS_ON")
    page.evaluate(DROP, f"{wish['files']}/favourites.zip")
    page.wait_for_function(f"() => ({SAVED})().length >= 10", timeout=PATIENCE)
    saved = page.evaluate(SAVED)
    run(page, f":param ci => '{wish['ci']}'", f'"ci": "{wish["ci"]}"')
    run(page, next(one for one in saved if wish["favourite"] in one.splitlines()[0]), "Displaying")
    page.get_by_test_id("frame").first.get_by_title("Fullscreen").click()
    page.wait_for_timeout(SETTLING)
    page.get_by_label("zoom-to-fit").first.click()
    page.wait_for_timeout(1_500)
    page.screenshot(path=wish["picture"])
    shades = {}
    for kind, name in (
        ("node-label", "Storage"),
        ("node-label", "Compute"),
        ("node-label", "Service"),
        ("relationship-type", "DEPENDS_ON"),
    ):
        found = page.get_by_test_id(f"property-details-overview-{kind}-{name}")
        shades[name] = found.first.evaluate(SHADE) if found.count() else ""
    return {"favourites": saved, "shades": shades, "shown": page.get_by_text("Displaying").first.inner_text()}


def main() -> None:
    """Do it."""
    wish = json.loads(sys.argv[1])
    with sync_playwright() as playwright:
        window = {"width": 1500, "height": 900}
        context = playwright.chromium.launch_persistent_context(
            wish["profile"], executable_path=CHROMIUM, args=list(QUIET), viewport=window
        )
        page = context.new_page()
        try:
            sys.stdout.write(json.dumps(explore(page, wish)))
        except Exception:
            page.screenshot(path=wish["picture"])
            raise
        finally:
            context.close()


if __name__ == "__main__":
    main()
