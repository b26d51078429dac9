"""Dishes and their ingredients: the facts of the restaurant records."""

from __future__ import annotations

import dataclasses
import functools
import random
from collections.abc import Sequence

GROUPS: dict[str, tuple[str, ...]] = {
    "nuts": ("walnuts", "almonds", "peanuts", "hazelnuts", "pistachios", "chestnuts"),
    "cheese": ("mozzarella", "mascarpone"),
    "eggs": ("mayonnaise",),
    "fruit": ("apples", "pears", "bananas", "mango", "pineapple", "apricots", "strawberries"),
    "vegetables": (
        *("carrots", "peppers", "tomatoes", "aubergine", "courgettes", "spinach", "cabbage"),
        *("leeks", "celery", "beetroot", "pumpkin", "cucumber", "lettuce", "peas"),
    ),
    "gluten": ("flour", "bread", "pasta", "noodles", "couscous"),
    "soy": ("tofu", "soy sauce", "miso"),
    "meat": ("bacon", "ham", "beef", "pork", "chicken", "lamb", "duck", "sausage", "veal"),
    "fish": ("salmon", "tuna", "cod", "anchovies", "sardines", "trout"),
    "shellfish": ("shrimp", "mussels", "crab", "oysters", "clams", "lobster"),
    "seafood": ("shrimp", "mussels", "crab", "oysters", "clams", "lobster", "squid"),
    "dairy": ("cheese", "cream", "butter", "milk", "yoghurt", "mozzarella", "mascarpone"),
    "citrus": ("lemon", "orange", "oranges", "lime"),
    "berries": ("strawberries", "raspberries", "blueberries", "cherries"),
    "alcohol": ("wine", "rum", "brandy"),
    "beans": ("green beans", "kidney beans", "chickpeas", "lentils"),
}

# Diets name what they leave out; a guest has one instead of a list of dislikes.
DIETS: dict[str, tuple[str, ...]] = {
    "vegetarian": (*GROUPS["meat"], *GROUPS["seafood"], *GROUPS["fish"]),
    "vegan": (
        *(*GROUPS["meat"], *GROUPS["seafood"], *GROUPS["fish"], *GROUPS["dairy"]),
        *("eggs", "mayonnaise", "honey"),
    ),
}

# Tastes that a dish has as a whole. They are used as adjectives: "spicy food", "it is spicy".
FEATURES = ("sweet", "spicy", "salty", "sour", "smoky", "creamy", "crunchy", "fried", "cold")

_TABLE = """
Quiche Lorraine | savoury tart | cheese, eggs, bacon, cream | creamy
Spinach quiche | savoury tart | spinach, eggs, cheese, cream | creamy
French onion soup | hot soup | onions, cheese, bread, wine | salty
Onion tart | savoury tart | onions, eggs, cream, butter | creamy
Mushroom risotto | creamy rice dish | mushrooms, rice, butter, cheese | creamy
Saffron risotto | creamy rice dish | saffron, rice, butter, onions | creamy
Spaghetti carbonara | pasta dish | eggs, bacon, cheese, pasta | creamy
Pasta al pesto | pasta dish | basil, garlic, cheese, pasta | salty
Spaghetti with clams | pasta dish | clams, garlic, wine, pasta | salty
Penne arrabbiata | pasta dish | tomatoes, chilli, garlic, pasta | spicy
Lasagne | baked pasta dish | beef, tomatoes, cheese, pasta | creamy
Macaroni cheese | baked pasta dish | cheese, milk, butter, pasta | creamy
Beef stroganoff | rich stew | beef, mushrooms, cream, onions | creamy
Beef goulash | slow stew | beef, peppers, onions, tomatoes | spicy
Beef bourguignon | slow stew | beef, wine, mushrooms, bacon | smoky
Lamb tagine | slow stew | lamb, apricots, almonds, cinnamon | sweet
Irish stew | slow stew | lamb, potatoes, carrots, onions | salty
Chilli con carne | hearty stew | beef, kidney beans, chilli, tomatoes | spicy
Lentil dal | mild stew | lentils, ginger, garlic, tomatoes | spicy
Ratatouille | vegetable stew | aubergine, courgettes, tomatoes, peppers | sour
Chicken curry | warm curry | chicken, ginger, chilli, coconut | spicy
Green vegetable curry | warm curry | coconut, green beans, basil, chilli | spicy
Chickpea curry | warm curry | chickpeas, tomatoes, ginger, onions | spicy
Butter chicken | mild curry | chicken, butter, cream, tomatoes | creamy
Chicken pot pie | golden pie | chicken, carrots, cream, butter | creamy
Fish pie | golden pie | cod, potatoes, milk, eggs | creamy
Cottage pie | golden pie | beef, potatoes, carrots, butter | salty
Leek and potato soup | smooth soup | leeks, potatoes, cream, butter | creamy
Tomato soup | smooth soup | tomatoes, basil, onions, cream | sour
Pumpkin soup | smooth soup | pumpkin, ginger, cream, onions | sweet
Gazpacho | chilled soup | tomatoes, cucumber, peppers, garlic | cold
Borscht | hot soup | beetroot, cabbage, beef, dill | sour
Miso soup | clear soup | tofu, seaweed, miso, leeks | salty
Minestrone | hearty soup | tomatoes, kidney beans, pasta, carrots | salty
Clam chowder | hearty soup | clams, potatoes, bacon, cream | creamy
Lobster bisque | smooth soup | lobster, cream, brandy, butter | creamy
Chicken noodle soup | clear soup | chicken, noodles, carrots, celery | salty
Grilled salmon | light main course | salmon, lemon, dill, potatoes | smoky
Salmon teriyaki | glazed main course | salmon, soy sauce, ginger, rice | sweet
Trout with almonds | light main course | trout, almonds, butter, lemon | crunchy
Fish and chips | crisp main course | cod, potatoes, flour, vinegar | fried
Tuna salad | fresh salad | tuna, olives, eggs, green beans | cold
Caesar salad | fresh salad | lettuce, anchovies, cheese, bread | crunchy
Greek salad | fresh salad | olives, cheese, cucumber, tomatoes | salty
Waldorf salad | fresh salad | apples, walnuts, celery, mayonnaise | crunchy
Caprese salad | fresh salad | tomatoes, mozzarella, basil, olive oil | cold
Potato salad | cold side dish | potatoes, mayonnaise, eggs, mustard | cold
Coleslaw | cold side dish | cabbage, carrots, mayonnaise, vinegar | crunchy
Beetroot salad | fresh salad | beetroot, walnuts, cheese, vinegar | sour
Couscous salad | fresh salad | couscous, mint, lemon, raisins | cold
Mussels in white wine | pot of seafood | mussels, wine, garlic, parsley | salty
Shrimp cocktail | cold starter | shrimp, mayonnaise, lemon, lettuce | cold
Crab cakes | crisp starter | crab, eggs, bread, mustard | fried
Fried squid | crisp starter | squid, flour, lemon, garlic | fried
Oysters on ice | cold starter | oysters, lemon, vinegar, seaweed | salty
Shrimp paella | big rice dish | shrimp, rice, saffron, peppers | salty
Vegetable paella | big rice dish | rice, saffron, peppers, green beans | smoky
Fried rice | quick rice dish | rice, eggs, soy sauce, peas | fried
Sushi platter | cold rice dish | tuna, rice, seaweed, soy sauce | cold
Pad thai | noodle dish | noodles, peanuts, eggs, lime | sweet
Ramen | noodle dish | noodles, pork, eggs, seaweed | salty
Sesame noodles | noodle dish | noodles, sesame, soy sauce, peanuts | salty
Beef noodles | noodle dish | noodles, beef, ginger, chilli | spicy
Spring rolls | crisp starter | cabbage, carrots, noodles, mint | crunchy
Falafel | crisp starter | chickpeas, sesame, garlic, coriander | fried
Hummus with bread | smooth starter | chickpeas, sesame, lemon, bread | creamy
Stuffed peppers | baked main course | peppers, rice, tomatoes, cheese | sweet
Stuffed mushrooms | baked starter | mushrooms, cheese, garlic, parsley | salty
Moussaka | baked main course | aubergine, lamb, cheese, tomatoes | creamy
Potato gratin | baked side dish | potatoes, cream, cheese, garlic | creamy
Aubergine parmesan | baked main course | aubergine, tomatoes, cheese, basil | fried
Margherita pizza | baked flatbread | tomatoes, mozzarella, basil, flour | salty
Pepperoni pizza | baked flatbread | sausage, cheese, tomatoes, flour | spicy
Four cheese pizza | baked flatbread | cheese, mozzarella, cream, flour | creamy
Beef burger | grilled sandwich | beef, onions, bread, cheese | smoky
Club sandwich | tall sandwich | chicken, bacon, bread, mayonnaise | salty
Tuna sandwich | cold sandwich | tuna, mayonnaise, bread, cucumber | cold
Ham and cheese toastie | hot sandwich | ham, cheese, bread, butter | salty
Fish tacos | folded street dish | cod, cabbage, lime, coriander | fried
Beef tacos | folded street dish | beef, onions, chilli, lime | spicy
Bean burrito | rolled street dish | kidney beans, rice, cheese, chilli | spicy
Guacamole | smooth dip | avocado, lime, coriander, onions | creamy
Smoked duck breast | fine main course | duck, oranges, honey, pepper | smoky
Roast chicken | Sunday roast | chicken, lemon, garlic, potatoes | salty
Roast pork | Sunday roast | pork, apples, cabbage, mustard | salty
Pork ribs | sticky roast | pork, honey, garlic, vinegar | smoky
Veal schnitzel | crisp main course | veal, eggs, bread, lemon | fried
Tofu stir-fry | quick main course | tofu, peppers, soy sauce, ginger | crunchy
Sweet and sour pork | quick main course | pork, pineapple, peppers, vinegar | sour
Kimchi pancake | crisp pancake | cabbage, chilli, flour, garlic | spicy
Mushroom omelette | soft egg dish | eggs, mushrooms, butter, parsley | salty
Shakshuka | soft egg dish | eggs, tomatoes, peppers, onions | spicy
Eggs Benedict | brunch plate | eggs, ham, butter, bread | creamy
Blueberry pancakes | brunch plate | blueberries, flour, milk, eggs | sweet
Buttermilk waffles | brunch plate | flour, milk, butter, eggs | sweet
Granola bowl | brunch bowl | oats, honey, almonds, yoghurt | crunchy
Sourdough loaf | crusty loaf | flour, salt, rye | sour
Baguette | crusty loaf | flour, salt | crunchy
Walnut bread | crusty loaf | flour, walnuts, rye | crunchy
Garlic bread | hot side dish | bread, garlic, butter, parsley | salty
Pretzel | baked snack | flour, butter, salt | salty
Macarons | small dessert | almonds, sugar, eggs, vanilla | sweet
Apple crumble | warm dessert | apples, flour, butter, cinnamon | sweet
Apple pie | warm dessert | apples, flour, cinnamon, sugar | sweet
Rice pudding | warm dessert | rice, milk, vanilla, cinnamon | sweet
Sticky toffee pudding | warm dessert | dates, butter, cream, sugar | sweet
Bread pudding | warm dessert | bread, eggs, milk, raisins | sweet
Chocolate mousse | light dessert | chocolate, eggs, cream, sugar | sweet
Tiramisu | layered dessert | coffee, eggs, mascarpone, rum | sweet
Trifle | layered dessert | strawberries, cream, eggs, brandy | sweet
Cheesecake | rich dessert | cheese, eggs, butter, vanilla | creamy
Crème brûlée | rich dessert | cream, eggs, vanilla, sugar | creamy
Panna cotta | light dessert | cream, milk, vanilla, raspberries | creamy
Lemon tart | bright dessert | lemon, eggs, butter, sugar | sour
Lemon sorbet | frozen dessert | lemon, sugar | cold
Pistachio ice cream | frozen dessert | pistachios, cream, milk, sugar | cold
Mango sorbet | frozen dessert | mango, lime, sugar | cold
Banana split | frozen dessert | bananas, cream, peanuts, chocolate | cold
Baklava | syrupy dessert | walnuts, honey, butter, cinnamon | sweet
Carrot cake | moist cake | carrots, walnuts, eggs, cheese | sweet
Chocolate cake | moist cake | chocolate, flour, eggs, butter | sweet
Coffee cake | moist cake | coffee, walnuts, eggs, flour | sweet
Black Forest cake | tall cake | cherries, chocolate, cream, brandy | sweet
Fruit salad | fresh dessert | apples, oranges, strawberries, mint | sweet
Poached pears | soft dessert | pears, wine, cinnamon, orange | sweet
Hot chocolate | warm drink | chocolate, milk, cream, sugar | sweet
Mango lassi | cool drink | mango, yoghurt, honey | cold
Coconut soup | fragrant soup | coconut, lime, chicken, ginger | sour
Nut roast | baked main course | hazelnuts, lentils, onions, carrots | crunchy
Chestnut soup | smooth soup | chestnuts, celery, cream, butter | sweet
Pear and walnut salad | fresh salad | pears, walnuts, lettuce, cheese | crunchy
"""


@dataclasses.dataclass(frozen=True)
class Dish:
    """A dish on the menu.

    Attributes:
        name: the name on the menu.
        form: the sort of dish, without an article ("savoury tart").
        parts: the ingredients.
        feature: one of `FEATURES`.
    """

    name: str
    form: str
    parts: tuple[str, ...]
    feature: str

    def hits(self, thing: str) -> str | None:
        """Returns the part or feature of this dish that `thing` denotes, or None.

        `thing` is a part ("eggs"), a group ("nuts") or a feature ("spicy"). For a group it
        returns the part that belongs to it: "walnuts" of a Waldorf salad for "nuts".
        """
        if thing == self.feature or thing in self.parts:
            return thing
        if not (members := GROUPS.get(thing) or DIETS.get(thing)):
            return None
        return next((part for part in self.parts if part in members), None)


@functools.cache
def dishes() -> tuple[Dish, ...]:
    """Returns all dishes of the table, in order."""
    return _rows(_TABLE)


def _rows(table: str) -> tuple[Dish, ...]:
    rows = (line.split(" | ") for line in table.strip().splitlines())
    return tuple(Dish(name, form, tuple(p.split(", ")), feat) for name, form, p, feat in rows)


# Foods in dishes of the training text that no guest there likes or dislikes.
HELD_OUT_THINGS = ("leeks", "ham", "duck", "pumpkin", "chickpeas", "tofu", "spinach", "mango")
_HELD_OUT_TABLE = """
Leek and ham gratin | golden gratin | leeks, ham | plain
Duck casserole with leeks | slow casserole | duck, leeks | plain
Pumpkin and chickpea bake | baked main course | pumpkin, chickpeas | plain
Tofu broth with spinach | clear soup | tofu, spinach | plain
Spinach dumplings | soft dumpling dish | spinach | plain
Mango skewers with ham | grilled main course | mango, ham | plain
Duck wrap with mango | rolled sandwich | duck, mango | plain
Chickpea and spinach pasty | golden pasty | chickpeas, spinach | plain
Tofu skewers | grilled main course | tofu | plain
Pumpkin strudel | crisp strudel | pumpkin | plain
Leek pancakes | crisp pancake | leeks | plain
Ham and pumpkin gratin | golden gratin | ham, pumpkin | plain
Duck dumplings | soft dumpling dish | duck | plain
Mango and tofu wrap | rolled sandwich | mango, tofu | plain
Chickpea broth | clear soup | chickpeas | plain
Potato and onion bake | baked main course | potatoes, onions | plain
Beef skewers with peppers | grilled main course | beef, peppers | plain
Mushroom dumplings | soft dumpling dish | mushrooms | plain
Chicken casserole | slow casserole | chicken | plain
Cheese and tomato pasty | golden pasty | cheese, tomatoes | plain
Apple strudel with raisins | crisp strudel | apples, raisins | plain
Salmon wrap with dill | rolled sandwich | salmon, dill | plain
"""


@functools.cache
def held_out_dishes() -> tuple[Dish, ...]:
    """Returns dishes that no training text has; their names describe them completely."""
    return _rows(_HELD_OUT_TABLE)


# Templates for new dishes with names that list their parts. A part is in its own form ("leeks"), or
# in the form before another noun ("leek").
_MADE_UP = (
    ("Pasta with {0} and {1}", "pasta dish", "creamy"),
    ("Salad with {0} and {1}", "fresh salad", "cold"),
    ("Rice with {0} and {1}", "big rice dish", "salty"),
    ("Toast with {0} and {1}", "hot sandwich", "crunchy"),
    ("Soup with {0} and {1}", "hot soup", "creamy"),
    ("Tart with {0} and {1}", "savoury tart", "salty"),
    ("Curry with {0} and {1}", "warm curry", "spicy"),
    ("Stew with {0} and {1}", "slow stew", "smoky"),
    ("Pizza with {0} and {1}", "baked flatbread", "salty"),
    ("Omelette with {0} and {1}", "soft egg dish", "salty"),
    ("{2} and {3} pie", "golden pie", "salty"),
    ("{2} and {3} salad", "fresh salad", "cold"),
    ("{2} and {3} risotto", "creamy rice dish", "creamy"),
    ("{2} soup with {1}", "hot soup", "creamy"),
    ("{2} curry with {1}", "warm curry", "spicy"),
    ("{2} fritters with {1}", "crisp starter", "fried"),
    ("{2} burger with {1}", "grilled sandwich", "smoky"),
    ("{2} and {3} noodles", "noodle dish", "salty"),
    ("{2} lasagne with {1}", "baked pasta dish", "creamy"),
    ("{2} stew", "slow stew", "smoky"),
    ("{2} tart", "savoury tart", "salty"),
    ("{2} salad", "fresh salad", "cold"),
)


@functools.cache
def savoury_parts() -> tuple[str, ...]:
    """Returns the parts that make sense in a made-up dish."""
    sweet = {p for dish in dishes() if dish.feature == "sweet" for p in dish.parts} - {"cheese"}
    kept = {p for dish in dishes() for p in dish.parts if p not in sweet} | {"eggs", "walnuts"}
    kept |= {"pumpkin", "mango"}
    return tuple(
        sorted(kept - {"salt", "flour", "rye", "bananas", "raspberries", "pasta", "bread"})
    )


@functools.cache
def _known_parts() -> tuple[str, ...]:
    return tuple(part for part in savoury_parts() if part not in HELD_OUT_THINGS)


def before_noun(part: str) -> str:
    """Returns a part in the form before another noun.

    >>> before_noun("leeks"), before_noun("tomatoes"), before_noun("anchovies")
    ('leek', 'tomato', 'anchovy')
    """
    if part == "couscous":
        return part
    for plural, singular in (("ies", "y"), ("oes", "o"), ("s", "")):
        if part.endswith(plural):
            return part.removesuffix(plural) + singular
    return part


def made_up(rng: random.Random, parts: Sequence[str] = ()) -> Dish:
    """Returns a made-up dish of one or two parts, named after them.

    Args:
        rng: the random generator.
        parts: the parts to choose from; if empty, parts of other dishes except `HELD_OUT_THINGS`,
            because a model learns that a food that no guest dislikes is harmless.
    """
    name, form, feature = rng.choice(_MADE_UP)
    first, second = rng.sample(parts or _known_parts(), 2)
    named = name.format(first, second, before_noun(first).capitalize(), before_noun(second))
    both = "{1}" in name or "{3}" in name
    return Dish(named, form, (first, second) if both else (first,), feature)


@functools.cache
def things() -> tuple[str, ...]:
    """Returns all possible tastes: parts of dishes, groups and features."""
    parts = sorted({part for dish in dishes() for part in dish.parts})
    return tuple(dict.fromkeys((*parts, *GROUPS, *FEATURES)))
