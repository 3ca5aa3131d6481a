"""A person imports meter files with the command, looks at what came, and corrects it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lingtan.apps.cli.readings import app
from lingtan.services.import_readings import import_files
from lingtan.wiring import open_workspace
from tests.file_rows import PARK_FILE

RUNNER = CliRunner()
LONG = "时间,表号,电量(kWh)\n" + "\n".join(f"2025-01-01 {h:02d}:00,m1,{h}" for h in range(24)) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.joinpath("park.yaml").write_text(PARK_FILE, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str | Path) -> Any:
    done = RUNNER.invoke(app, [*(str(w) for w in words), "--park", str(folder), "--json", "--lang", "en"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return json.loads(done.stdout)


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_adds_a_revision(folder: Path) -> None:
    file = put(folder, "load.csv", LONG, "gbk")
    first = run(folder, "import", file)[0]
    assert (first["status"], first["understood"]["readings"]) == ("committed", 24)
    assert run(folder, "import", file)[0]["status"] == "duplicate"
    assert (
        run(folder, "import", put(folder, "same.csv", LONG))[0]["status"] == "duplicate"
    )  # another encoding, same content
    corrected = put(folder, "corrected.csv", LONG.replace("05:00,m1,5", "05:00,m1,5.5"))
    second = run(folder, "import", corrected)[0]
    assert second["revision"] == first["revision"] + 1
    assert run(folder, "import", file)[0]["status"] == "superseded"
    assert run(folder, "import", file, "--again")[0]["status"] == "committed"
    log = run(folder, "log")
    assert [(c["rows"], c["source"]["file"]) for c in log] == [
        (24, "load.csv"),
        (24, "corrected.csv"),
        (24, "load.csv"),
    ]


def test_rejected_cells_are_kept_with_their_place_and_reason(folder: Path) -> None:
    file = put(folder, "load.csv", LONG + "2025-01-02 00:00,m1,abc\n2025-01-02 01:00,nobody,=1+1\n")
    done = run(folder, "import", file)[0]
    assert done["understood"]["rejected"] == 2
    cells = run(folder, "quarantine", "load.csv")[0]["cells"]
    assert [(c["row"], c["name"], c["text"], c["code"]) for c in cells] == [
        ("26", "m1", "abc", "import.not-a-number"),
        ("27", "nobody", "'=1+1", "import.unknown-channel"),
    ]
    assert Path(done["quarantine"]).read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_dry_run_shows_and_writes_nothing(folder: Path) -> None:
    file = put(folder, "load.csv", LONG)
    done = run(folder, "import", file, "--dry-run")[0]
    assert (done["status"], done["understood"]["tables"][0]["stamp"]) == ("dry-run", "start")
    assert run(folder, "log") == []


def test_what_was_understood_is_printed_before_it_is_written(folder: Path) -> None:
    file = put(folder, "load.csv", LONG)
    for lang, words in (("en", "one row a reading"), ("zh", "一行一个读数")):
        done = RUNNER.invoke(app, ["import", str(file), "--park", str(folder), "--lang", lang])
        assert done.exit_code == 0
        assert words in done.stdout
        assert "grid-import" in done.stdout


def test_a_file_that_cannot_be_used_does_not_keep_others_out(folder: Path) -> None:
    good, bad = put(folder, "load.csv", LONG), put(folder, "bad.csv", "nothing here")
    done = run(folder, "import", bad, good, folder / "none.csv")
    assert [d["status"] for d in done] == ["refused", "committed", "refused"]
    assert [d["error"]["code"] for d in done if d["error"]] == ["import.not-understood", "import.no-file"]
    failed = RUNNER.invoke(app, ["import", str(bad), "--park", str(folder)])
    assert failed.exit_code == 2


def test_a_mapping_file_tells_what_cannot_be_recognised(folder: Path) -> None:
    file = put(folder, "odd.csv", LONG.replace("m1", "进綫"))
    assert run(folder, "import", file)[0]["status"] == "nothing"
    mapping = put(folder, "m.yaml", "channels: {进綫: grid-import}\nstamp: end\n")
    done = run(folder, "import", file, "--mapping", mapping)[0]
    assert (done["status"], done["understood"]["tables"][0]["stamp_why"]) == ("committed", "mapping")
    wrong = put(folder, "w.yaml", "chanels: {}\nstep: 7min\n")
    error = run(folder, "import", file, "--mapping", wrong)["error"]
    assert [p["code"] for p in error["problems"]] == ["import.bad-value", "import.unknown-key"]


def test_a_mapping_beside_a_file_is_used(folder: Path) -> None:
    file = put(folder, "odd.csv", LONG.replace("m1", "进綫"))
    put(folder, "odd.csv.mapping.yaml", "channels: {进綫: grid-import}\n")
    assert run(folder, "import", file)[0]["understood"]["mapping"] == "odd.csv.mapping.yaml"


def form(month: int, coal: float) -> str:
    return f"能源消费 205-2表\n2025年1-{month}月 甲厂\n能源名称,计量单位,购进量,消费量\n原煤,吨,{coal},{coal}\n天然气,立方米,1,{month}\n"


def test_sums_since_january_become_months_in_any_order_of_the_files(folder: Path) -> None:
    files = [put(folder, f"{m}.csv", form(m, 10.0 * m)) for m in (3, 1, 2)]
    space = open_workspace(folder)
    assert [d.status for d in import_files(space, files)] == ["committed"] * 3
    from lingtan.base.ids import channel_key

    table = space.store.readings(channels=[channel_key("coal")])
    assert table["value"].to_pylist() == [10_000_000] * 3
    assert [d.status for d in import_files(space, files)] == ["duplicate"] * 3


def test_a_sum_since_january_of_which_nothing_is_known_is_kept_whole_and_again_changes_nothing(folder: Path) -> None:
    file = put(folder, "3.csv", form(3, 30))
    space = open_workspace(folder)
    assert [import_files(space, [file])[0].status for _ in range(2)] == ["committed", "duplicate"]
    assert import_files(space, [put(folder, "2.csv", form(2, 20))])[0].status == "nothing"


def test_a_sum_since_january_with_a_gap_before_it_is_rejected(folder: Path) -> None:
    import_files(open_workspace(folder), [put(folder, "1.csv", form(1, 10))])
    done = import_files(open_workspace(folder), [put(folder, "3.csv", form(3, 30))])[0]
    assert done.seen is not None
    assert done.seen.reasons == {"import.sum-gap": 4}
