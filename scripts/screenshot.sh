#!/bin/sh
# Takes a picture of a report: its heading and some of its sections.
#   scripts/screenshot.sh REPORT.html [OUT.png [SECTION...]]      default: docs/report.png, capacity dispatch map
# Sections are called as in the page's addresses (report.html#capacity). Needs Debian's chromium, chromium-driver and
# python3-selenium.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 REPORT.html [OUT.png [SECTION...]]" >&2; exit 2; }
[ -f "$1" ] || { echo "$0: $1 is not there" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
page=$(realpath "$1")
out=${2:-$here/docs/report.png}
shift; [ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- capacity dispatch map

exec /usr/bin/python3 - "$page" "$out" "$@" <<'EOF'
import base64
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

page, out, sections, width = sys.argv[1], sys.argv[2], sys.argv[3:], 1280
options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
    options.add_argument(argument)
browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
try:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.get("file://" + page)
    browser.execute_script("document.querySelectorAll('section').forEach(s => { s.hidden = !arguments[0].includes(s.id); })", sections)
    time.sleep(1.5)
    height = browser.execute_script("return document.documentElement.scrollHeight - document.querySelector('footer').offsetHeight")
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True,
                                   "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
finally:
    browser.quit()
image = base64.b64decode(shot["data"])
with open(out, "wb") as stream:
    stream.write(image)
print(f"{out}: {len(image) // 1000} kB")
EOF
