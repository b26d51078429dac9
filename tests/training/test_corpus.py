"""The training text is reproducible, and its answers follow from its prompts."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

import pytest

from training import tokenizer as tokenizers
from training.batches import choices, echoes, token_weights
from training.corpus import (
    arithmetic,
    drills,
    headlines,
    pantry,
    phrases,
    records,
    restaurant,
    uses,
    words,
)
from training.corpus.cases import CONFLICT, MATCH, draw_setting
from training.corpus.lists import HELD_OUT, TRAINING, Lists
from training.corpus.record import DECIDED, NAMED, REASON, Piece, Record, stated

CLAUSES = re.compile(
    r"Taste-likes: (.*)\nTaste-dislikes: (.*)\nSuggestion: (.*)\nAnalysis: (.*)\n"
    r"Recommendation: (.*)"
)


def generate(count: int, seed: str = "test") -> list[Record]:
    return list(itertools.islice(records(seed), count))


@pytest.fixture(scope="session")
def corpus() -> list[Record]:
    """3,000 records of one seed; generating them takes longer than most checks."""
    return generate(3000)


def is_conflict(analysis: str) -> bool:
    """Returns the kind of an analysis from its words, without the generator's notes."""
    liked = r"(just what you like|just as you like it|which suits you|othing that you avoid)"
    if re.search(liked, analysis):
        return False
    return not re.search(r"you (like|love|enjoy|are fond of)\b", analysis)


def test_the_same_seed_gives_the_same_text(corpus: list[Record]) -> None:
    assert [r.text for r in generate(50)] == [r.text for r in corpus[:50]]


def test_another_seed_gives_other_text() -> None:
    assert {r.text for r in generate(50, "a")}.isdisjoint(r.text for r in generate(50, "b"))


def test_all_kinds_occur(corpus: list[Record]) -> None:
    assert {r.kind for r in corpus[:300]} == {
        *("restaurant", "arithmetic", "headline", "uses"),
        *("recall", "verdicts", "tastings", "menus", "sums"),
    }


def test_recommendation_is_the_phrase_that_examples_of_the_same_kind_show() -> None:
    rng = random.Random("phrase")
    for _ in range(300):
        *shown, last = CLAUSES.findall((record := restaurant.record(rng, plain=True)).text)
        same = {c[4] for c in shown if is_conflict(c[3]) == is_conflict(last[3])}
        assert same == {last[4]}, record.text


def test_examples_show_both_kinds() -> None:
    rng = random.Random("kinds")
    for _ in range(100):
        assert set(restaurant.record(rng).notes["kinds"].split()) == {CONFLICT, MATCH}


def disliked(clause: str) -> list[str]:
    """Returns the things in a `Taste-dislikes:` clause."""
    prefixes = (attitude[0].removesuffix("{}") for attitude in (*phrases.ATTITUDES, phrases.DIET))
    listed = next(clause.removeprefix(p) for p in prefixes if clause.startswith(p))
    return [thing.removesuffix(" food") for thing in listed.split(" or ")]


FEATURES = {
    "creamy": ("pasta", "soup", "risotto", "lasagne"),
    "cold": ("salad",),
    "crunchy": ("toast",),
    "spicy": ("curry",),
    "smoky": ("stew", "burger"),
    "fried": ("fritters",),
    "salty": ("rice", "tart", "pizza", "omelette", "pie", "noodles"),
}


FORMS = "|".join(itertools.chain(*FEATURES.values()))
MADE_UP = (
    rf"({FORMS}) with (.+) and (.+)",
    rf"(.+) and (.+) ({FORMS})",
    rf"(.+) ({FORMS}) with (.+)",
    rf"(.+) ({FORMS})",
)


def dish_of(name: str) -> pantry.Dish:
    """Returns the dish with this name, with the parts in the name of a made-up one."""
    known = next((dish for dish in pantry.dishes() if dish.name == name), None)
    return known or made_up_dish_of(name)


def made_up_dish_of(name: str) -> pantry.Dish:
    read = next(found for form in MADE_UP if (found := re.fullmatch(form, name.lower())))
    form = next(group for group in read.groups() if group in FORMS.split("|"))
    parts = [part for group in read.groups() if group != form for part in parts_of(group)]
    feature = next(f for f, forms in FEATURES.items() if form in forms)
    return pantry.Dish(name, "", tuple(parts), feature)


def parts_of(word: str) -> list[str]:
    """Returns the food that a word in a name denotes; for a coined word singular and plural."""
    foods = {part for dish in pantry.dishes() for part in dish.parts}
    known = [food for food in sorted(foods) if word in (food, pantry.before_noun(food))]
    return known[:1] or [word, f"{word}s"]


def test_analysis_names_a_part_of_the_dish_that_the_guest_dislikes() -> None:
    rng = random.Random("facts")
    for _ in range(300):
        for _, dislikes, name, analysis, _ in CLAUSES.findall(restaurant.record(rng).text):
            hits = {dish_of(name).hits(thing) for thing in disliked(dislikes)} - {None}
            assert is_conflict(analysis) == bool(hits), (name, dislikes, analysis)
            assert not hits or any(str(hit) in analysis.lower() for hit in hits)


def test_nothing_held_out_is_in_the_training_text(corpus: list[Record]) -> None:
    text = " ".join(record.text for record in corpus)
    for dish in HELD_OUT.dishes:
        assert dish.name not in text
    for phrase in (*HELD_OUT.positive, *HELD_OUT.negative):
        assert phrase not in text
    tastes = re.findall(r"Taste-(?:dis)?likes: (.*)", text)
    assert len(tastes) > 1000
    held_out = rf"\b(?:{'|'.join(HELD_OUT.things)})\b"
    assert re.findall(held_out, "\n".join(tastes)) == []


@pytest.mark.parametrize("lists", [TRAINING, HELD_OUT])
def test_no_recommendation_repeats_a_word(lists: Lists) -> None:
    for phrase in (*lists.positive, *lists.negative):
        said = phrase.rstrip(".").split()
        assert all(one != next_one for one, next_one in itertools.pairwise(said)), phrase


def test_held_out_prompts_use_the_held_out_lists() -> None:
    rng = random.Random("held out")
    names = {dish.name for dish in HELD_OUT.dishes}
    for _ in range(100):
        record = restaurant.record(rng, lists=HELD_OUT)
        for likes, dislikes, name, _, _ in CLAUSES.findall(record.text):
            assert name in names
            assert any(thing in dislikes for thing in HELD_OUT.things)
            assert "sweet" in likes or any(thing in likes.lower() for thing in HELD_OUT.things)


def test_the_decisive_part_has_more_weight_than_the_rest_of_an_analysis() -> None:
    pieces = stated("It has eggs in it, which you avoid.", "eggs")
    assert "".join(p.text for p in pieces) == " It has eggs in it, which you avoid."
    assert [p.text for p in pieces if p.weight == NAMED] == [" eggs"]
    assert "".join(p.text for p in stated("Eggs, which you avoid.", "eggs")) == (
        " Eggs, which you avoid."
    )
    assert [p.weight for p in stated("Nothing that you avoid.", None)] == [REASON]
    assert [p.weight for p in pieces] == [DECIDED, NAMED, REASON]


def test_a_menu_states_the_parts_of_dishes_and_the_dishes_with_a_food() -> None:
    rng = random.Random("menus")
    foods, named = set[str](), set[str]()
    for _ in range(200):
        menu, _, lines = drills.menus(rng).text.partition("\n\n")
        dishes = {n: stems(*made_up_dish_of(n).parts) for n in menu.split("\n- ")[1:]}
        made = r"Suggestion: (.*)\nAnalysis: It (?:is made with|has) (.*?)(?: in it)?\."
        for name, parts in re.findall(made, lines):
            assert stems(*parts.split(" and ")) == dishes[name], (menu, name)
            named |= dishes[name]
        for line in re.sub(f"{made}\n?", "", lines).splitlines():
            food = re.fullmatch(r"Something with (.*)\? (.*)\.", line)
            if food:
                foods.add(food[1])
                having = [name for name, parts in dishes.items() if stems(food[1]) <= parts]
                assert food[2] == (" or ".join(having) or "There is nothing"), (menu, line)
            else:
                name, parts = re.findall(r"(.*)[:?] (.*)\.", line)[0]
                assert stems(*parts.lower().split(" and ")) == dishes[name], (menu, line)
    assert foods >= set(HELD_OUT.things)
    assert named >= stems(*HELD_OUT.things)


def stems(*foods: str) -> set[str]:
    return {pantry.before_noun(food) for food in foods}


def test_dishes_made_up_for_guests_have_no_held_out_food() -> None:
    rng = random.Random("made up")
    parts = {part for _ in range(1000) for part in pantry.made_up(rng).parts}
    assert len(parts) > 40
    assert parts.isdisjoint(HELD_OUT.things)


def test_sums_are_right() -> None:
    rng = random.Random("plain sums")
    for _ in range(100):
        for left, right in re.findall(r"([\d x*+-]+)= ?(\d+)", drills.sums(rng).text):
            assert eval(left.replace("x", "*")) == int(right)


def test_some_foods_and_phrases_are_coined_for_one_prompt() -> None:
    rng = random.Random("coined")
    foods = {food for _ in range(100) for food in words.foods(rng, 5)}
    assert len(foods) > 300
    assert all(pantry.before_noun(food) in (food, food[:-1]) for food in foods)
    settings = [draw_setting(rng) for _ in range(200)]
    coined = sum(not set(setting.things) <= set(TRAINING.things) for setting in settings)
    assert 70 < coined < 130
    assert len({words.nonsense(rng) for _ in range(300)}) > 250


def test_the_tone_of_most_phrases_does_not_match_their_kind() -> None:
    rng = random.Random("sense")
    drawn = [restaurant.draw_phrases(rng) for _ in range(1000)]
    by_tone = sum(
        pair[CONFLICT] in phrases.NEGATIVE and pair[MATCH] in phrases.POSITIVE for pair in drawn
    )
    assert 170 < by_tone < 270
    assert 300 < sum(pair[CONFLICT] in phrases.POSITIVE for pair in drawn) < 420


def test_prompts_of_one_seed_differ_only_in_the_wrong_example() -> None:
    kinds = [MATCH, CONFLICT, CONFLICT]
    right, wrong = (
        restaurant.record(
            random.Random(7), kinds=kinds, phrase={CONFLICT: bad, MATCH: "Good."}, plain=True
        )
        for bad in ("Bad.", "Fine.")
    )
    assert right.prompt_text.replace("Bad.", "Fine.") == wrong.prompt_text
    assert right.prompt_text.count("Bad.") == 1
    assert wrong.answer_text.endswith("Recommendation: Fine.")


@pytest.mark.parametrize("thing", ["nuts", "walnuts", "crunchy"])
def test_a_dish_matches_parts_groups_and_features(thing: str) -> None:
    salad = pantry.Dish("Waldorf salad", "fresh salad", ("apples", "walnuts"), "crunchy")
    assert salad.hits(thing) == ("crunchy" if thing == "crunchy" else "walnuts")
    assert salad.hits("eggs") is None


def test_arithmetic_is_right() -> None:
    rng = random.Random("sums")
    for _ in range(300):
        record = arithmetic.record(rng)
        for left, right in re.findall(r"([\d$ x+-]+) = \$?(?:<<[^>]*>>)?(\d+)", record.text):
            # Digits and signs only, and the text is ours, so eval does no harm.
            assert eval(left.replace("$", "").replace("x", "*")) == int(right), record.text
        for left, right in re.findall(r"<<([^=]+)=(\d+)>>", record.text):
            assert eval(left) == int(right), record.text
        assert record.notes["result"] == arithmetic.result(record.answer_text)


def test_headline_words_are_in_the_story() -> None:
    rng = random.Random("news")
    for _ in range(100):
        record = headlines.record(rng)
        name = " ".join(record.notes["headline"].split()[:1])
        assert name in record.prompt_text


def test_ideas_follow_their_principles_and_wrong_ones_do_not() -> None:
    rng = random.Random("ideas")
    for _ in range(100):
        record = uses.record(rng)
        assert uses.obeys(record.answer_text, record.notes)
        assert not uses.obeys(
            record.answer_text,
            {**record.notes, "place": "moon"}
            | {"place": next(p for p in uses.PLACES if p != record.notes["place"])},
        )


@pytest.mark.parametrize("drill", [drills.recall, drills.verdicts])
def test_a_drill_requests_a_phrase_of_its_prompt(
    drill: Callable[[random.Random], Record],
) -> None:
    rng = random.Random("drill")
    for _ in range(100):
        record = drill(rng)
        assert record.answer_text == f" {record.notes['phrase']}"
        assert record.answer_text in record.prompt_text


def test_an_echo_weights_only_repeated_tokens() -> None:
    ids, weights = next(echoes("test", 500, 1600))
    assert ids.shape == weights.shape == (10, 160)
    counted = 0
    for row, row_weights in zip(ids.tolist(), weights.tolist(), strict=True):
        pairs = list(zip(row[:-1], row[1:], row_weights[1:], strict=True))
        for i, (before, token, weight) in enumerate(pairs):
            if weight:
                counted += 1
                assert (before, token) in {pair[:2] for pair in pairs[:i]}
    assert counted > 500


def test_a_choice_is_the_string_after_the_last_analysis_of_its_kind(corpus: list[Record]) -> None:
    tokenizer = tokenizers.learn((record.text for record in corpus[:200]), 600)
    ids, weights = next(choices("test", tokenizer, 2560))
    assert ids.shape == weights.shape == (10, 256)
    heading = tokenizer.encode("\nRecommendation:", add_special_tokens=False).ids
    counted = 0
    for row, row_weights in zip(ids.tolist(), weights.tolist(), strict=True):
        shown: dict[bool, int] = {}
        begin = 1
        for i in range(len(row) - len(heading)):
            if row[i : i + len(heading)] != heading:
                continue
            first = i + len(heading)
            conflict = is_conflict(tokenizer.decode(row[begin:i]))
            if row_weights[first] == 1:
                counted += 1
                assert shown[conflict] == row[first]
            shown.setdefault(conflict, row[first])
            begin = first
    assert counted > 40


def test_the_weight_of_a_token_is_that_of_the_piece_in_which_it_starts() -> None:
    record = Record("x", (Piece("ab", 0.5), Piece("c", 1.0)), (Piece("de", 2.0),))
    assert token_weights(record, [(0, 1), (1, 3), (2, 3), (3, 4), (4, 5)]) == [0.5, 0.5, 1, 2, 2]
