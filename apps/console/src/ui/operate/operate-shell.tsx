import {
  Activity,
  Building2,
  ChartNoAxesColumn,
  Coins,
  Eraser,
  House,
  KeyRound,
  Layers,
  LayoutDashboard,
  ListTodo,
  Route,
  ScrollText,
  Server,
  SlidersHorizontal,
  Tag,
  Telescope,
  UserCog,
  UsersRound,
} from 'lucide-react';
import { useSignedIn } from '../api/session.ts';
import { Shell, WhileSignedIn, type Place } from '../app/shell.tsx';
import { NotAnOperator } from './not-an-operator.tsx';

const PLACES: readonly (readonly Place[])[] = [
  [
    { to: '/operate', name: 'Overview', icon: LayoutDashboard, exact: true },
    { to: '/operate/figures', name: 'Figures', icon: ChartNoAxesColumn },
    { to: '/operate/traffic', name: 'Live traffic', icon: Activity },
    { to: '/operate/requests', name: 'Explain', icon: Telescope },
  ],
  [
    { to: '/operate/users', name: 'Users', icon: UsersRound },
    { to: '/operate/organisations', name: 'Organisations', icon: Building2 },
    { to: '/operate/keys', name: 'Keys', icon: KeyRound },
  ],
  [
    { to: '/operate/ledger', name: 'Ledger', icon: Coins },
    { to: '/operate/prices', name: 'Prices', icon: Tag },
    { to: '/operate/plans', name: 'Plans', icon: Layers },
  ],
  [
    { to: '/operate/routes', name: 'Routes', icon: Route },
    { to: '/operate/backends', name: 'Backends', icon: Server },
    { to: '/operate/queues', name: 'Jobs and mail', icon: ListTodo },
    { to: '/operate/configuration', name: 'Configuration', icon: SlidersHorizontal },
  ],
  [
    { to: '/operate/audit', name: 'Audit trail', icon: ScrollText },
    { to: '/operate/erasures', name: 'Erasures', icon: Eraser },
    { to: '/operate/operators', name: 'Operators', icon: UserCog },
  ],
];
const PORTAL: Place = { to: '/', name: 'Portal', icon: House, exact: true };

/** The operators' frame. The gateway judges every call of theirs; this only spares others the sight of it. */
export function OperateShell() {
  return (
    <WhileSignedIn>
      <Frame />
    </WhileSignedIn>
  );
}

function Frame() {
  const { me, parts } = useSignedIn();
  if (me.operator_role === null) return <NotAnOperator />;
  return <Shell part="Operate" places={PLACES} other={parts.includes('portal') ? PORTAL : undefined} />;
}
