"""LIT's own modules on a page."""

from playwright.sync_api import Locator, Page

from tests.e2e.salience_page import PATIENCE


class StockSalience:
    """LIT's own `sequence-salience-module`."""

    def __init__(self, page: Page) -> None:
        self.root = page.locator("sequence-salience-module")
        self.root.wait_for(timeout=PATIENCE)

    def choose_sequence(self, kind: str) -> None:
        """Chooses the first sequence of the dataset (target) or of the model (response)."""
        group = self.root.locator(".interstitial-target-type", has_text=f"({kind})")
        group.locator("xpath=following-sibling::*[contains(@class, 'option')][1]").click(
            timeout=PATIENCE
        )
        self.chips.first.wait_for(timeout=PATIENCE)

    @property
    def chips(self) -> Locator:
        """The segments of the text."""
        return self.root.locator("sequence-salience-chips .salient-token")

    @property
    def scores(self) -> list[float]:
        """The score of each segment, from its tooltip."""
        tips = self.chips.locator("lit-tooltip")
        return [float(tip) for tip in tips.evaluate_all("all => all.map(tip => tip.content)")]

    def choose(self, label: str) -> None:
        """Presses a button of the toolbar."""
        self.root.locator("lit-fused-button-bar").get_by_text(label, exact=True).click()

    def explain_last(self) -> list[float]:
        """Clicks the last segment, and returns the scores once they are there."""
        self.chips.last.click()
        for _ in range(PATIENCE // 100):
            self.root.page.wait_for_timeout(100)
            if any(scores := self.scores):
                return scores
        raise AssertionError("LIT's module shows no scores.")
