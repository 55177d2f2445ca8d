#!/bin/sh
# Refresh the pinned third-party files under static/vendor and tests/vendor from package-lock.json.
# Needs Node only here: the copies are committed, so that running and testing never do.
# --ignore-scripts: a package's install script has no business on the machine that vendors it.
set -eu
cd "$(dirname "$0")/.."

npm ci --ignore-scripts --no-audit --no-fund

copy() { # package, file in package, destination
  install -D -m 644 "node_modules/$1/$2" "$3"
}

copy bootstrap dist/css/bootstrap.min.css static/vendor/bootstrap-5.3.min.css
copy bootstrap LICENSE static/vendor/LICENSE.bootstrap
copy htmx.org dist/htmx.min.js static/vendor/htmx-2.min.js
copy htmx.org LICENSE static/vendor/LICENSE.htmx
copy @alpinejs/csp dist/cdn.min.js static/vendor/alpine-csp-3.min.js
copy altcha dist_external/altcha.umd.cjs static/vendor/altcha-2.min.js
copy altcha dist_external/worker.js static/vendor/altcha-2.worker.js
copy altcha dist_external/altcha.css static/vendor/altcha-2.css
copy altcha LICENSE.txt static/vendor/LICENSE.altcha
copy axe-core axe.min.js tests/vendor/axe.min.js
copy axe-core LICENSE tests/vendor/LICENSE.axe-core

# The source maps are not shipped; a comment naming one is a 404 in every open developer console.
sed -i 's@/\*# sourceMappingURL=.*\*/@@' static/vendor/bootstrap-5.3.min.css

(cd static/vendor && sha256sum -- *.css *.js >SHA256SUMS)
