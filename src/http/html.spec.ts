import { html } from './html';

describe('A page template', () => {
  it('escapes what is put in, in text and in attributes', () => {
    const name = `<script>alert("1 & '2'")</script>`;
    expect(html`<p title="${name}">${name}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes its own pieces, and lists of them, as they are', () => {
    const items = ['a', '<b>'].map((item) => html`<i>${item}</i>`);
    expect(html`${items}${undefined}`.text).toBe('<i>a</i><i>&#60;b&#62;</i>');
  });
});

const escaped = '&#60;script&#62;alert(&#34;1 &#38; &#39;2&#39;&#34;)&#60;/script&#62;';
