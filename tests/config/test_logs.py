import io
import json
import logging
import logging.config

import pytest
import structlog

from config import logs


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> structlog.stdlib.BoundLogger:
    handler = logging.StreamHandler(stream)
    configuration = logs.configure("INFO")
    formatter = configuration["formatters"]["json"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    target = logging.Logger("jx.test")
    target.addHandler(handler)
    bound: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        target,
        processors=structlog.get_config()["processors"],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return bound


@pytest.mark.parametrize(
    "personal",
    ["330124199001011234", "33012419900101123X", "13800000000", "+8619900001234", "somebody@example.org"],
)
def test_what_looks_personal_is_masked_wherever_it_stands(
    logger: structlog.stdlib.BoundLogger, stream: io.StringIO, personal: str
) -> None:
    logger.info(f"sent to {personal}", nested={"deep": [f"x {personal} y"]})

    assert personal not in stream.getvalue()
    assert logs.MASK in json.loads(stream.getvalue())["message"]


@pytest.mark.parametrize("key", sorted(logs.PERSONAL_KEYS))
def test_known_personal_keys_are_masked_whatever_they_hold(
    logger: structlog.stdlib.BoundLogger, stream: io.StringIO, key: str
) -> None:
    logger.info("saved", **{key: "张三"}, nested={key: "张三"})

    assert "张三" not in stream.getvalue()


def test_exceptions_are_masked_too(logger: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    try:
        raise ValueError("no SMS to 13800000000")
    except ValueError:
        logger.exception("failed")

    assert "13800000000" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_ids_pass(logger: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    logger.info("application.submitted", application=4711, union="linan")

    line = json.loads(stream.getvalue())
    assert (line["message"], line["application"], line["level"]) == ("application.submitted", 4711, "info")


@pytest.mark.parametrize(("level", "traces"), [(logging.WARNING, False), (logging.ERROR, True)])
def test_a_refused_request_is_a_line_and_a_broken_one_says_where(
    caplog: pytest.LogCaptureFixture, level: int, *, traces: bool
) -> None:
    try:
        raise PermissionError
    except PermissionError as error:
        logging.getLogger("django.request").log(level, "Forbidden: /shili/", exc_info=error)

    assert [bool(record.exc_info) for record in caplog.records] == [traces]
