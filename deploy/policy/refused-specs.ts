/** Specs of policies that must be refused, by us and by a kube-apiserver (conformance/kubernetes). */

const all = { podSelector: {} }

export const refusedSpecs: readonly { readonly name: string; readonly spec: object }[] = [
  { name: 'a field of another name', spec: { ...all, ingres: [{}] } },
  { name: 'an unknown direction', spec: { ...all, policyTypes: ['Inbound'] } },
  { name: 'a peer that says nothing', spec: { ...all, ingress: [{ from: [{}] }] } },
  {
    name: 'a block with a selector',
    spec: { ...all, ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
  },
  { name: 'an unknown protocol', spec: { ...all, ingress: [{ ports: [{ protocol: 'QUIC', port: 443 }] }] } },
  { name: 'port 0', spec: { ...all, ingress: [{ ports: [{ port: 0 }] }] } },
  { name: 'endPort without port', spec: { ...all, ingress: [{ ports: [{ endPort: 9 }] }] } },
  { name: 'endPort with a named port', spec: { ...all, ingress: [{ ports: [{ port: 'dns', endPort: 99 }] }] } },
  { name: 'endPort below port', spec: { ...all, ingress: [{ ports: [{ port: 9, endPort: 8 }] }] } },
  {
    name: 'an exception outside its block',
    spec: { ...all, egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.1.0/25'] } }] }] },
  },
  { name: 'an unknown operator', spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } } },
  { name: 'In without values', spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] } } },
  { name: 'Exists with values', spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } } },
]
