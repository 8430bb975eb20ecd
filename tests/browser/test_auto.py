"""The model Auto: which two it chooses from is set, and who answered is shown."""

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor

SIMPLE = "Hi!"
HARD = (
    "A train leaves at 9:40 with 3 carriages of 72 seats; if 5/8 are taken, how many are free, and why does each "
    "stop change that? Write a Python function for it, and prove that it ends."
)


def _chooses_from(ada: Visitor, small: str, strong: str) -> None:
    page = ada.page
    page.goto("/settings/assistant")
    for label, model in (("Simple questions go to", small), ("All others go to", strong)):
        page.get_by_label(label).select_option(model)
        expect(page.get_by_label(label)).to_be_enabled()
    expect(page.get_by_text(f"At the moment: {small}, and {strong}.")).to_be_visible()


def _asks(ada: Visitor, question: str, answers: int) -> Locator:
    ada.says(question)
    expect(ada.answers()).to_have_count(answers)
    ada.hears_all()
    return ada.answers().last


def _tells_why(ada: Visitor, answer: Locator) -> Locator:
    answer.get_by_role("button", name="Why this answer").click()
    return ada.page.get_by_role("dialog", name="Why this answer")


def test_a_simple_question_goes_to_the_small_model_and_a_hard_one_to_the_strong(ada: Visitor) -> None:
    """Under each answer stands who gave it, and why it was asked."""
    _chooses_from(ada, "sim-fast", "sim-echo")
    ada.page.goto("/")
    ada.page.get_by_role("button", name="Model:").click()
    auto = ada.page.get_by_role("menuitemradio").filter(has_text="Auto")
    expect(auto).to_contain_text("simple questions to sim-fast, others to sim-echo")
    auto.click()
    for number, (question, model, words) in enumerate(
        ((SIMPLE, "sim-fast", "small model answers below"), (HARD, "sim-echo", "strong model answers from")), 1
    ):
        answer = _asks(ada, question, number)
        answer.get_by_role("button", name="Model and cost").click()
        expect(answer).to_contain_text(f"{model} · ")
        expect(answer).to_contain_text("no price known")
        panel = _tells_why(ada, answer)
        expect(panel).to_contain_text(model)
        expect(panel).to_contain_text(words)
        panel.get_by_role("button", name="Close").click()
