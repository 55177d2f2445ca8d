# One image for web, worker and beat; the set-up script is the one that `make run` uses.
FROM debian:12-slim

ENV LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    STATIC_ROOT=/app/staticfiles \
    VAR_DIR=/app/var

WORKDIR /app

# Packages first: they change less often than the code.
COPY requirements.lock ./
COPY scripts/setup.sh scripts/fonts.sh scripts/
RUN apt-get update \
    && scripts/setup.sh --image \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*

COPY . .

# Collecting static files needs no service and no real secret.
RUN ENVIRONMENT=development VAR_DIR=/tmp/build MANIFEST_STATIC=1 .venv/bin/python manage.py collectstatic --no-input --verbosity=0 \
    && rm -rf /tmp/build \
    && find staticfiles -type f -size +1k -not -name '*.png' -not -name '*.woff2' -exec gzip -9 -k {} + \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin jiangxuan \
    && install -d -o jiangxuan -g jiangxuan var var/public /run/jiangxuan

USER jiangxuan
EXPOSE 8000
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["web"]
