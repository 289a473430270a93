"""What a person does in the chat, for the tests: say something, look at the conversation, walk with the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Frame, Locator, Page, expect

OpenPage = Callable[..., Page]

LAUNCHER = "Ask about your symptoms"


def say(chat: Page | Frame, words: str) -> None:
    """Type and press Enter. `chat` is the page of the chat, or its frame behind the launcher."""
    box = chat.get_by_label("Your message")
    box.fill(words)
    box.press("Enter")


def log(chat: Page | Frame) -> Locator:
    """The conversation."""
    return chat.get_by_role("log")


def choose(chat: Page | Frame, item: str) -> None:
    """Pick something from the menu."""
    chat.get_by_role("button", name="Menu").click()
    chat.get_by_role("button", name=item).click()


def open_chat(page: Page) -> Frame:
    """Press the launcher of a hospital page; the chat's frame, once it can be written to."""
    page.get_by_role("button", name=LAUNCHER).click()
    frame = framed(page)
    frame.get_by_label("Your message").wait_for()
    return frame


def framed(page: Page) -> Frame:
    """The chat's frame, once it is there."""
    for _ in range(50):
        if found := [frame for frame in page.frames if "/chat/frame" in frame.url]:
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("the chat's frame did not load")


def focused(chat: Page | Frame) -> str:
    """The name or id of the element that has the focus, inside the chat or outside it."""
    found = chat.evaluate(
        """() => {
          let at = document.activeElement;
          while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          return at.id || at.textContent.trim();
        }"""
    )
    return str(found)


def press_tab_until(page: Page, name: str, *, chat: Page | Frame | None = None) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does; in `chat` when that is a frame of the page."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(chat or page) == name:
            return
    raise AssertionError(f"40 presses of Tab do not reach {name!r}")


def answer_yes_with_the_keyboard(page: Page, chat: Page | Frame) -> None:
    """From the input back over the three buttons of a question to the first, and press it; then the input has the focus."""
    expect(chat.get_by_role("button", name="Yes")).to_be_visible()
    for name in ("Not sure", "No", "Yes"):
        page.keyboard.press("Shift+Tab")
        assert focused(chat) == name, focused(chat)
    page.keyboard.press("Enter")
    expect(log(chat)).to_contain_text("Please call your cancer doctor today.")
    assert focused(chat) == "words", focused(chat)
