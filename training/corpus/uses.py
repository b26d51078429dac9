"""Unusual uses for everyday things, under principles that say which ideas count."""

from __future__ import annotations

import random

from training.corpus.record import COPIED, DECIDED, Piece, Record

PLACES = {
    "garden": ("Only ideas for the garden.", "Every idea should help in the garden."),
    "play": ("Only ideas that children can play with.", "Every idea should be a game or a toy."),
    "desk": ("Only ideas for a desk.", "Every idea should help to keep a desk in order."),
}
FORMS = {
    "- ": ("Start each idea with a dash.", "Mark every idea with a dash."),
    "# ": ("Number the ideas.", "Give each idea a number."),
}
_TABLE = """
a glass jar
garden: Set it over a young plant on a cold night. / Sink it in the soil as a slug trap.
play: Keep fireflies of folded paper in it. / Roll marbles into it from across the room.
desk: Stand pens and brushes in it. / Collect paper clips and coins in it.
an old umbrella
garden: Let peas climb up its bare frame. / Hang it upside down to dry herbs.
play: Turn it into the roof of a tent. / Catch soft balls in it while it hangs.
desk: Pin notes to its open ribs. / Use the handle to pull down high folders.
a wine cork
garden: Mark the rows of seeds with it. / Crumble it into the soil of pots.
play: Build a small raft out of several. / Print dots with it and some paint.
desk: Cut a slit in it to hold a card. / Stick pins into it so that none get lost.
a paper clip
garden: Fix a bent stem to its stick. / Hang seed packets on a string with it.
play: Link many into a long chain. / Bend it into a tiny fish hook for a magnet game.
desk: Mark the page where you stopped. / Keep a cable from sliding off.
a shoe box
garden: Start seedlings in it on the sill. / Dry flower heads in it out of the sun.
play: Cut doors in it for a doll's house. / Make a little stage for shadow plays.
desk: Sort letters into it by month. / Hide the charger and its cables in it.
a tin can
garden: Punch holes in it and plant mint. / Water seeds gently from its pierced base.
play: Stack several and knock them down with a ball. / Join two with a string to talk.
desk: Stand scissors and rulers in it. / Weigh down loose sheets with it.
a bed sheet
garden: Spread it over lettuce before a frost. / Catch falling plums under the tree.
play: Build a fort between two chairs. / Hang it up as a screen for shadows.
desk: Fold it into a cover against dust. / Cut a strip of it to wipe the screen.
a wooden spoon
garden: Write the name of a herb on it as a label. / Press even holes for beans with it.
play: Paint a face on it for a puppet. / Run a race with an egg on it.
desk: Stir cold coffee without a sound. / Prop the window open with it.
an egg carton
garden: Grow one seedling in each cup. / Let seed potatoes sprout in it.
play: Throw buttons into its numbered cups. / Cut it into a green caterpillar.
desk: Sort pins, clips and stamps in it. / Lift the laptop a little to cool it.
a bicycle tyre
garden: Lay it down as the edge of a flower bed. / Tie a young tree to its post with a strip.
play: Swing it round the hips like a hoop. / Roll it down the hill in a race.
desk: Cut a piece to stop things from sliding. / Hang it up and clip photos to it.
a rubber band
garden: Hold a cover on a pot of cuttings. / Bind a bunch of herbs to dry.
play: Power a paper plane with it. / Stretch several over a box as a harp.
desk: Keep a notebook shut with it. / Wind it round a pen for a better grip.
an old sock
garden: Keep onions in it through the winter. / Tie up tomatoes with soft strips of it.
play: Make a puppet with button eyes. / Roll it into a ball for indoor bowling.
desk: Slip it over a mug to keep it warm. / Wipe the board clean with it.
a ladder
garden: Let beans climb it in the sun. / Line up pots on its rungs.
play: Lay it flat and hop between the rungs. / Cover it with a blanket for a tent.
desk: Lean it on the wall as a shelf for folders. / Hang lamps from its top rung.
a coffee filter
garden: Line a pot so that no soil falls out. / Sprout seeds in it while it is damp.
play: Colour it and cut out a snowflake. / Tie it to a figure as a parachute.
desk: Clean the screen without leaving lint. / Catch pencil shavings in it.
a cardboard tube
garden: Plant a seed in it and set it whole into the soil. / Keep cutworms off a stem with it.
play: Look through it as a telescope. / Send marbles down a run made of several.
desk: Roll up a drawing and keep it inside. / Tidy a long cable away in it.
"""


def _parse(table: str) -> dict[str, dict[str, list[str]]]:
    things: dict[str, dict[str, list[str]]] = {}
    thing = ""
    for line in table.strip().splitlines():
        if ": " in line:
            place, ideas = line.split(": ", 1)
            things[thing][place] = ideas.split(" / ")
        else:
            thing = line
            things[thing] = {}
    return things


THINGS = _parse(_TABLE)


def record(rng: random.Random) -> Record:
    """Returns one request for two ideas; its principles determine place and form."""
    thing, place, mark = rng.choice(list(THINGS)), rng.choice(list(PLACES)), rng.choice(list(FORMS))
    bullets = [rng.choice(PLACES[place]), rng.choice(FORMS[mark])]
    if rng.random() < 0.5:
        bullets.reverse()
    lines = "".join(f"* {line}\n" for line in bullets)
    prompt = (
        Piece(f"Suggest two unusual uses for {thing}.\n\n{lines}\n"),
        Piece("Ideas:", DECIDED),
    )
    ideas = rng.sample(THINGS[thing][place], 2)
    marks = ("- ", "- ") if mark == "- " else ("1. ", "2. ")
    text = "".join(f"\n{m}{idea}" for m, idea in zip(marks, ideas, strict=True))
    return Record(
        "uses", prompt, (Piece(text, COPIED),), {"thing": thing, "place": place, "mark": mark}
    )


def obeys(answer: str, notes: dict[str, str]) -> bool:
    """Returns whether an answer has two different ideas for the given thing, place and form."""
    marks = ["- ", "- "] if notes["mark"] == "- " else ["1. ", "2. "]
    lines = answer.strip("\n").split("\n")
    known = THINGS[notes["thing"]][notes["place"]]
    formed = len(lines) == 2 and all(x.startswith(m) for x, m in zip(lines, marks, strict=True))
    return formed and sorted(x.partition(" ")[2] for x in lines) == sorted(known)
