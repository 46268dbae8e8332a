"""Somebody who asks the graph in GraphiQL, in a real Chromium.  ``query.py JSON`` says what they saw, as JSON.

Given: the gateway's URL, a name and a password, a query, a subscription, where the picture goes, and a folder for Chromium's profile.
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
PARSED = 600
"""Milliseconds after which the editor knows what was typed: before, it takes a subscription for a query."""
ANSWER = "() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
ANSWERED = "(word) => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue().includes(word)"


def log_in(page: Page, url: str, username: str, password: str) -> str:
    """What the page says to a wrong password, then log in."""
    page.goto(url + "/graphiql")
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.locator("#refusal:not(:empty)").wait_for(timeout=PATIENCE)
    refusal = page.locator("#refusal").inner_text()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator(".graphiql-query-editor .CodeMirror").first.wait_for(timeout=PATIENCE)
    return refusal


def write(page: Page, text: str) -> None:
    """Type a query over what is in the editor."""
    page.locator(".graphiql-query-editor .CodeMirror").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.wait_for_timeout(PARSED)


def answered(page: Page, query: str, word: str) -> str:
    """Run a query; what the answer shows once it has a word."""
    write(page, query)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(ANSWERED, arg=word, timeout=PATIENCE)
    return page.evaluate(ANSWER)


def main(given: dict) -> dict:
    said = []
    asked = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            given["profile"], executable_path=CHROMIUM, args=QUIET, headless=True, viewport={"width": 1400, "height": 800}
        )
        page = context.pages[0]
        page.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda one: said.append(f"error: {one}"))
        page.on("request", lambda one: asked.append(one.url))
        refusal = log_in(page, given["url"], given["username"], given["password"])
        answer = answered(page, given["query"], '"data"')
        page.get_by_role("button", name="Show Documentation Explorer").click()
        page.get_by_text("Root Types").wait_for(timeout=PATIENCE)
        page.screenshot(path=given["picture"])
        told = answered(page, given["subscription"], '"seq"')
        page.get_by_role("button", name="Open settings dialog").click()
        page.get_by_role("dialog").wait_for(timeout=PATIENCE)
        page.keyboard.press("Escape")
        context.close()
    return {"refusal": refusal, "answer": answer, "told": told, "said": said, "asked": asked}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
