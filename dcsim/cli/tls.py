"""``dcsim tls``: the local certificate authority."""

from __future__ import annotations

import typer

from dcsim.cli import options

app = typer.Typer()


@app.callback()
def tls() -> None:
    """Certificates that dc-sim makes for its HTTPS ports."""


@app.command()
def path(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """Print where the authority's certificate is (for GOVC_TLS_CA_CERTS, OS_CACERT, REQUESTS_CA_BUNDLE, curl --cacert)."""
    from dcsim.supervisor import make_tls

    files = make_tls(options.settings_from({"config": config, "data_dir": data_dir}))
    files.ensure()
    if as_json:
        from dcsim.cli.output import print_json

        print_json({"ca": str(files.ca), "certificate": str(files.certificate), "thumbprint": files.thumbprint})
    else:
        typer.echo(files.ca)


@app.command()
def trust(config: options.ConfigFile = None, data_dir: options.DataDirectory = None) -> None:
    """Print the commands that make this machine trust the authority; nothing is changed."""
    import sys

    from dcsim.supervisor import make_tls

    files = make_tls(options.settings_from({"config": config, "data_dir": data_dir}))
    files.ensure()
    if sys.platform == "darwin":
        typer.echo(f"sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain {files.ca}")
    else:
        typer.echo(f"sudo cp {files.ca} /usr/local/share/ca-certificates/dcsim.crt && sudo update-ca-certificates")
    typer.echo(f"# or for one shell:  export REQUESTS_CA_BUNDLE={files.ca} SSL_CERT_FILE={files.ca} GOVC_TLS_CA_CERTS={files.ca}")
