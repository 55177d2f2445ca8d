#!/bin/sh
# The parts of the product, by name: web, votes, worker, beat, prepare (roles and migrations), or any management command.
set -eu
cd /app
case ${1:-web} in
    web)
        exec .venv/bin/gunicorn config.wsgi:application --bind=0.0.0.0:8000 --worker-class=gthread \
            --workers="${WEB_WORKERS:-2}" --threads="${WEB_THREADS:-8}" --timeout=60 --graceful-timeout=25 \
            --max-requests=5000 --max-requests-jitter=500 --no-control-socket --worker-tmp-dir=/dev/shm
        ;;
    votes)
        exec .venv/bin/gunicorn config.votes:application --bind=0.0.0.0:8000 --worker-class=gthread \
            --workers="${VOTE_WORKERS:-2}" --threads="${VOTE_THREADS:-32}" --timeout=60 --graceful-timeout=25 \
            --no-control-socket --worker-tmp-dir=/dev/shm
        ;;
    worker)
        exec .venv/bin/celery -A config --quiet worker --loglevel=INFO --concurrency="${WORKER_PROCESSES:-2}"
        ;;
    beat)
        exec .venv/bin/celery -A config --quiet beat --loglevel=INFO --schedule=/app/var/beat --pidfile=
        ;;
    prepare)
        exec .venv/bin/python -m config.launcher prepare
        ;;
    *)
        exec .venv/bin/python manage.py "$@"
        ;;
esac
