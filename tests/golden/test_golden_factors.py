"""Did a factor move, and did we mean it?"""

from collections.abc import Callable

from lingtan.carbon.factors import FactorBook


def test_no_packaged_factor_moves_unseen(golden: Callable[[str, str], None]) -> None:
    book = FactorBook.packaged()
    assert len(book) > 400
    rows = [
        f"{f.id}\t{f.micro}\t{f.unit}\t{f.uncertainty or ''}\t{f.confidence}\t{f.source_link}\n"
        for f in sorted(book, key=lambda f: f.id)
    ]
    golden("factors.tsv", "id\tmicro\tunit\tuncertainty\tconfidence\tsource_link\n" + "".join(rows))
