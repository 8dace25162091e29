/** Logging in: at the company's provider, or, in development, as anyone. */
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Me } from '../../gateway/api/me.ts';
import { type Gateway, problemOf } from '../api/gateway.ts';
import type { ProblemSaid } from '../model/problem.ts';
import { Dialog } from './dialog.tsx';
import { Notice, ProblemNotice } from './notice.tsx';
import { Shown } from './shown.tsx';
import { TextField } from './text-field.tsx';

export interface LoginProps {
  readonly me: Me;
  readonly gateway: Gateway;
  readonly onLogin: () => void;
}

export function LoginPage(props: LoginProps): ReactNode {
  return (
    <main className="login" id="main">
      <h1>
        <Brand /> Holdpoint
      </h1>
      <p>Human control for AI agents: what waits for a person waits here.</p>
      <Warning me={props.me} />
      <LoginWays {...props} />
    </main>
  );
}

/** Over the page, which stays: what somebody has begun to write is not lost. */
export function LoginDialog(props: LoginProps): ReactNode {
  return (
    <Dialog title="Log in again" onClose={() => undefined} isBusy>
      <p>Your login is over. What you were at stays as it is.</p>
      <LoginWays {...props} />
    </Dialog>
  );
}

export function Warning({ me }: { readonly me: Me }): ReactNode {
  if (me.warning === undefined) return null;
  return (
    <p className="warning-bar" role="alert">
      <Shown text={me.warning} />
    </p>
  );
}

function LoginWays({ me, gateway, onLogin }: LoginProps): ReactNode {
  const { kind, url } = me.login;
  switch (kind) {
    case 'oidc': {
      const returnTo = encodeURIComponent(location.pathname);
      return (
        <a className="button primary" href={`${url ?? '/auth/login'}?returnTo=${returnTo}`}>
          Log in
        </a>
      );
    }
    case 'development':
      return (
        <DevelopmentLogin url={url ?? '/auth/development'} gateway={gateway} onLogin={onLogin} />
      );
    case 'none':
      return (
        <Notice tone="warn">
          This gateway has no login for people: programs come in by token.
          docs/reference/configuration.md says how to set one up.
        </Notice>
      );
  }
}

interface DevelopmentLoginProps {
  readonly url: string;
  readonly gateway: Gateway;
  readonly onLogin: () => void;
}

function DevelopmentLogin({ url, gateway, onLogin }: DevelopmentLoginProps): ReactNode {
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const [problem, setProblem] = useState<ProblemSaid>();
  const logIn = (event: FormEvent): void => {
    event.preventDefault();
    const listed = groups.split(/[\s,]+/).filter(Boolean);
    const body = { name: name.trim(), ...(listed.length === 0 ? {} : { groups: listed }) };
    gateway.send<Me>(url, body).then(onLogin, (error: unknown) => setProblem(problemOf(error)));
  };
  return (
    <form onSubmit={logIn}>
      <TextField label="Name" value={name} onChange={setName} isRequired isFirst />
      <TextField
        label="Groups"
        value={groups}
        onChange={setGroups}
        hint="Several: with commas between. None: every role."
      />
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <button type="submit" className="button primary">
        Log in
      </button>
    </form>
  );
}

export function Brand(): ReactNode {
  return (
    <svg className="brand" viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
      <rect width="16" height="16" rx="4" />
      <path d="M5 4h2v8H5zM9 4h2v8H9z" />
    </svg>
  );
}
