"""Reads zones with dnspython: a JSON array of texts on stdin, an array of results on stdout."""
import json
import sys

try:
    import dns.rdatatype
    import dns.zone
except ImportError:
    sys.exit('dnspython is missing: install the Debian package python3-dnspython')


def read(text):
    try:
        zone = dns.zone.from_text(text, origin='example.com.', relativize=False, check_origin=False)
    except Exception as error:
        return {'message': f'{type(error).__name__}: {error}'}
    return {
        'rrs': [
            {
                'owner': name.to_text(),
                'ttl': ttl,
                'type': int(rdata.rdtype),
                'rdata': rdata.to_wire(origin=zone.origin).hex().upper(),
            }
            for name, ttl, rdata in zone.iterate_rdatas()
        ]
    }


json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
