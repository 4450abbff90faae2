#!/usr/bin/env bash
# The page of `signsim report` in headless Chromium. Where Chromium and its driver are not there and cannot be installed, that is said.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v chromedriver > /dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq > /dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver > /dev/null 2>&1 || true
  fi
fi
if ! command -v chromedriver > /dev/null; then
  echo "NOT CHECKED: the page of \`signsim report\` in a browser; Chromium and its driver could not be installed"
  exit 0
fi
SIGNSIM_BROWSER=needed cargo test --release --locked --test it -- in_a_browser
