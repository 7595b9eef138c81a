"""Checks the page of `voxql report` in headless Chromium.

    python tests/report_page.py report.html                       check
    python tests/report_page.py report.html --screenshots docs    check and take screenshots

Fails if the page requests anything else, logs to the console, is wider than the window, or has a
serious or critical axe-core violation, in light and dark mode, in a wide and a narrow window and in
print. Install the requirements with:

    apt-get install chromium
    pip install -r tests/requirements.txt
"""

import argparse
import io
import os
import pathlib
import shutil
import sys

import axe_playwright_python
from PIL import Image
from playwright.sync_api import sync_playwright

AXE = pathlib.Path(axe_playwright_python.__file__).with_name("axe.min.js")
WIDTHS = {"wide": 1280, "narrow": 420}
SERIOUS = ("serious", "critical")


def chromium():
    """Returns the path of Chromium, or exits."""
    named = os.environ.get("VOXQL_TEST_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        sys.exit("chromium not found: apt-get install chromium, or set VOXQL_TEST_CHROMIUM")
    return found


def check(browser, url, scheme, width, media="screen"):
    """Returns the problems of the page, one per line."""
    # The page's policy forbids scripts, and axe-core is one. check_policy() checks the policy.
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: request.url == url or wrong.append(f"requests {request.url}"))
    page.emulate_media(media=media, color_scheme=scheme)
    page.goto(url)
    # Check folded tables too.
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append("the page is wider than the window")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    if not found["passes"]:
        wrong.append("axe-core checked nothing")
    for violation in found["violations"]:
        for node in violation["nodes"]:
            text = f"{violation['impact']}: {violation['help']}: {node['html'][:200]}"
            if violation["impact"] in SERIOUS:
                wrong.append(text)
            else:
                print(f"{scheme}, {width}: {text}")
    context.close()
    return wrong


def check_policy(browser, url):
    """Returns the problems of the page under its own policy."""
    page = browser.new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("request", lambda request: request.url == url or wrong.append(f"requests {request.url}"))
    page.goto(url)
    page.close()
    return wrong


def screenshots(browser, url, folder):
    """Takes screenshots of the top of the page: wide and light, narrow and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, scheme in [
        ("wide", 1000, 1360, "light"),
        ("narrow", 420, 1160, "dark"),
    ]:
        viewport = {"width": width, "height": height}
        page = browser.new_page(viewport=viewport, color_scheme=scheme)
        page.goto(url)
        picture = page.screenshot()
        page.close()
        # A palette makes the file a quarter as large, and a page of text has few colours.
        few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256)
        few.save(folder / f"report-{name}.png", optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    url = arguments.page.resolve().as_uri()
    with sync_playwright() as playwright:
        # CI containers run as root, where Chromium only runs without its sandbox.
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        wrong = check_policy(browser, url)
        for scheme in ("light", "dark"):
            for width in WIDTHS.values():
                found = check(browser, url, scheme, width)
                wrong += [f"{scheme}, {width} pixels: {text}" for text in found]
        wrong += [f"print: {text}" for text in check(browser, url, "light", 700, "print")]
        if arguments.screenshots:
            screenshots(browser, url, arguments.screenshots)
        browser.close()
    for text in wrong:
        print(text, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
