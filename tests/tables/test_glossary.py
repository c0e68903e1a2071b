"""Words and their meanings: of what a review speaks of, and of nothing else."""

from dataclasses import replace

from synthesis.tables.glossary import BESIDE_FIDELITY, GLOSSARY, OF_CODES, glossary_table


def test_every_word_has_a_meaning_that_is_a_sentence(evidence):
    table = glossary_table(evidence)
    assert len(table) >= len(GLOSSARY)
    assert all(meaning.endswith(".") and len(meaning) > 20 for meaning in table["What it means here"])
    assert set(BESIDE_FIDELITY) | set(OF_CODES) <= set(GLOSSARY)


def test_a_review_without_codes_hears_nothing_of_fidelity_and_its_own_kinds_of_peers_only(evidence):
    bare = replace(
        evidence,
        components=evidence.components.assign(rating=float("nan")),
        arms=evidence.arms.assign(peer_status=""),
    )
    words = set(glossary_table(bare)["Word"].str.casefold())
    assert not {word.casefold() for word in OF_CODES} & words
    assert not [word for word in words if "peer" in word]
    lay = replace(evidence, arms=evidence.arms.assign(peer_status="lay_peer"))
    assert "Lay peers" in set(glossary_table(lay)["Word"])
